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

/// The same, once what the variable names is a folder that can be written to.
///
/// The usual folder may be missing: nobody asked for it.
/// - Errors: see `userCache`; or the folder can't be written to.
package func usableCache(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(Diagnostic) -> String? {
  guard let folder = try userCache(environment) else { return nil }
  guard environment["VERGENCE_CACHE"] == folder else { return folder }
  let isMade = (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil
  guard isMade, FileManager.default.isWritableFile(atPath: folder) else {
    throw Diagnostic("VERGENCE_CACHE is '\(folder)', which is no folder that can be written to", hint: "give another one, or 'off'")
  }
  return folder
}

extension CompilerOptions {
  /// The options with the user's cache of plans and compiled kernels, if there is one.
  ///
  /// - Errors: see `usableCache`.
  func caching() throws(Diagnostic) -> CompilerOptions {
    var options = self
    options.cache = try usableCache()
    options.keepsPlans = true
    return options
  }
}
