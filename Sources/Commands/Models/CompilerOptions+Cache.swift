import Compiler
import Foundation
import Support

/// The folder of what is kept between commands: what the variable `VERGENCE_CACHE` names, else `vergence` among the user's caches; `nil` where it says `off` or there is none.
///
/// - Errors: the variable holds any other word.
package func userCache(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(Diagnostic) -> String? {
  if let folder = environment["VERGENCE_CACHE"]?.nonEmpty {
    guard folder != "off" else { return nil }
    guard folder.hasPrefix("/") else {
      throw Diagnostic("VERGENCE_CACHE is '\(folder)', which is no folder's whole path", hint: "give one that begins with '/', or 'off'")
    }
    return folder
  }
  let caches = environment["XDG_CACHE_HOME"]?.nonEmpty ?? environment["HOME"]?.nonEmpty.map { $0 + "/.cache" }
  return caches.map { $0 + "/vergence" }
}

extension CompilerOptions {
  /// The options with the user's cache of plans and compiled kernels, if there is one.
  ///
  /// - Errors: see `userCache`.
  func caching() throws(Diagnostic) -> CompilerOptions {
    var options = self
    options.cache = try userCache()
    options.keepsPlans = true
    return options
  }
}
