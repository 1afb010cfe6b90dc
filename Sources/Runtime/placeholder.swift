internal import COpenBLAS
let product = cblas_sgemm
