import Foundation
import Support

/// The built `Vergence` library: what a user's model is compiled against and linked with.
package struct BuiltLibrary: Sendable {
  /// The folder that holds `libVergence.so` and, in `Modules`, the compiled interfaces.
  let folder: String

  var modules: String { folder + "/Modules" }
  var library: String { folder + "/libVergence.so" }

  /// The library beside the executable that is running.
  ///
  /// - Errors: it isn't there, or not whole.
  package static func besideExecutable() throws -> BuiltLibrary {
    guard let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
      throw Diagnostic("cannot find the folder of the running executable", hint: "is /proc mounted?")
    }
    let built = BuiltLibrary(folder: (executable as NSString).deletingLastPathComponent)
    for part in [built.library, built.modules + "/Vergence.swiftmodule"] where !FileManager.default.fileExists(atPath: part) {
      throw Diagnostic("a model of your own needs '\(part)', which is not there", hint: "build everything: swift build -c release")
    }
    return built
  }

  /// What tells this build of the library from another.
  func identity() throws -> String {
    try fileIdentity(library) + " " + fileIdentity(modules + "/Vergence.swiftmodule")
  }
}

/// What tells the file at `path` from what stood there before: its size and the time it was changed.
func fileIdentity(_ path: String) throws -> String {
  var facts = stat()
  guard stat(path, &facts) == 0 else { throw Diagnostic("cannot read '\(path)': \(systemError())") }
  return "\(path) \(facts.st_size) \(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
}
