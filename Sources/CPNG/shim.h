// libpng, for its simplified interface (png_image_*), which needs no setjmp.
#include <png.h>
