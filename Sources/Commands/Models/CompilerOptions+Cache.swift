import Compiler
import Foundation
import Support

extension CompilerOptions {
  /// The options with the user's cache of compiled kernels: the folder that the variable `VERGENCE_CACHE` names, none where it says `off`, else `vergence` among the user's caches.
  func caching(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> CompilerOptions {
    var options = self
    let caches = environment["XDG_CACHE_HOME"]?.nonEmpty ?? environment["HOME"]?.nonEmpty.map { $0 + "/.cache" }
    let folder = environment["VERGENCE_CACHE"]?.nonEmpty ?? caches.map { $0 + "/vergence" }
    options.cache = folder == "off" ? nil : folder
    return options
  }
}
