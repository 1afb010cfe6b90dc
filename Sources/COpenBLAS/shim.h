// OpenBLAS: matrix products, and how many threads they may use.
#include <cblas.h>
