// libjpeg-turbo's own interface: JPEG from and to memory.
#include <turbojpeg.h>
