import Foundation
import Support

/// The machine's Swift compiler.
struct SwiftCompiler {
  let path: String
  /// What tells this compiler from another.
  let identity: String

  /// The first `swiftc` in the folders of PATH.
  ///
  /// - Errors: there is none.
  static func find() throws -> SwiftCompiler {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let path = folders.map({ "\($0)/swiftc" }).first(where: FileManager.default.isExecutableFile) else {
      throw Diagnostic(
        "a model of your own needs the Swift compiler, and no 'swiftc' is in PATH", hint: "install Swift from swift.org, or use a shipped model")
    }
    return SwiftCompiler(path: path, identity: try fileIdentity(path))
  }

  /// Compiles the type `model` in the file `source` and an entry that runs it, into a program in `folder`, whose path it returns.
  ///
  /// - Errors: the source doesn't compile; `report` has what the compiler said.
  func compile(_ source: String, model: String, with library: BuiltLibrary, in folder: String, report: (String) -> Void) throws -> String {
    let (entry, program, output) = (folder + "/VergenceEntry.swift", folder + "/model", folder + "/output.txt")
    try writeAtomically(
      Data("import Vergence\n\n@main enum VergenceEntry { static func main() { ModelProcess.run(\(model).self) } }\n".utf8), to: entry)
    // Line tables let a crash be told at the model's line.
    let arguments = [
      "-swift-version", "6", "-gline-tables-only", "-parse-as-library", "-module-name", "VergenceUserModel",
      "-I", library.modules, "-L", library.folder, "-lVergence", "-Xlinker", "-rpath", "-Xlinker", library.folder, "-o", program, source, entry,
    ]
    let end = try Subprocess(path, arguments, output: output).run(seconds: SwiftCompiler.timeLimit)
    report(String(decoding: (try? readFile(output)) ?? Data(), as: UTF8.self))
    switch end {
    case .exited(0): return program
    case .timedOut: throw Diagnostic("'\(path)' compiled '\(source)' for \(SwiftCompiler.timeLimit) seconds without an end")
    case .exited, .signalled: throw Diagnostic("the model '\(source)' does not compile", hint: "the Swift compiler's own errors are above")
    }
  }

  /// The seconds that a compilation may take.
  static let timeLimit = 600
}
