internal import CArchive
