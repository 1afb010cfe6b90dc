// libarchive: zip, tar and gzip, read and written.
#include <archive.h>
#include <archive_entry.h>
