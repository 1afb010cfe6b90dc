internal import CPNG
internal import CTurboJPEG
