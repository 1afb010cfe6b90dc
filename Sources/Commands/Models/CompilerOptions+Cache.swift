import Compiler
import Foundation
import Support

/// The folder of what is kept between commands: what the variable `VERGENCE_CACHE` names, else `vergence` among the user's caches; `nil` where it says `off` or there is none.
func userCache(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
  if let folder = environment["VERGENCE_CACHE"]?.nonEmpty { return folder == "off" ? nil : folder }
  let caches = environment["XDG_CACHE_HOME"]?.nonEmpty ?? environment["HOME"]?.nonEmpty.map { $0 + "/.cache" }
  return caches.map { $0 + "/vergence" }
}

extension CompilerOptions {
  /// The options with the user's cache of plans and compiled kernels, if there is one.
  func caching() -> CompilerOptions {
    var options = self
    options.cache = userCache()
    options.keepsPlans = true
    return options
  }
}
