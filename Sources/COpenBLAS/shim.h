// OpenBLAS: matrix products, and how many threads they may use.
#include <cblas.h>

/// What the functions are that a program looks up in the library once it is loaded.
typedef __typeof__(&cblas_sgemm) vergence_cblas_sgemm;
typedef __typeof__(&openblas_set_num_threads) vergence_openblas_set_num_threads;
