import COpenBLAS
import Glibc
import Support

/// OpenBLAS, loaded once a plan asks for its products.
///
/// It isn't linked: it starts its threads when it is loaded, and they keep a core busy for a tenth of a second, looking for work, in each process.
struct OpenBLAS: Sendable {
  /// `cblas_sgemm`: a product of matrices in single precision.
  let product: vergence_cblas_sgemm

  /// The library, which starts no more threads of its own.
  ///
  /// - Errors: it isn't there.
  static func loaded() throws(Diagnostic) -> OpenBLAS { try library.get() }

  private static let library = Result { () throws(Diagnostic) in
    let name = "libopenblas.so.0"
    guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { throw missing(name) }
    guard let threads = dlsym(handle, "openblas_set_num_threads"), let product = dlsym(handle, "cblas_sgemm") else { throw missing(name) }
    unsafeBitCast(threads, to: vergence_openblas_set_num_threads.self)(1)
    return OpenBLAS(product: unsafeBitCast(product, to: vergence_cblas_sgemm.self))
  }

  private static func missing(_ name: String) -> Diagnostic {
    Diagnostic(
      "cannot load '\(name)', which makes the plan's products: \(dlerror().map { String(cString: $0) } ?? "no reason given")",
      hint: "install OpenBLAS, or compile without '--products blas'")
  }
}
