import Foundation

/// What FileCheck found wrong: its message, with the line of the specification and of the output.
struct FileCheckMismatch: Error, CustomStringConvertible {
  let description: String
}

/// Matches `output` against the `prefix` lines of the specification at `path`, with LLVM 15's own FileCheck.
///
/// Where FileCheck is not installed a line is printed and nothing is checked.
///
/// - Errors: `FileCheckMismatch` with FileCheck's message.
/// - Source: [FileCheck's manual](https://releases.llvm.org/15.0.0/docs/CommandGuide/FileCheck.html)
func fileCheck(_ output: String, against path: String, prefix: String = "CHECK") throws {
  guard let tool = FileCheck.tool else { return FileCheck.skip(path) }
  // A file and not a pipe: FileCheck may end before it has read all, and its own messages need a pipe of their own.
  let input = FileManager.default.temporaryDirectory.appendingPathComponent("filecheck-\(UUID().uuidString).txt")
  try Data(output.utf8).write(to: input)
  defer { try? FileManager.default.removeItem(at: input) }
  let result = try FileCheck.run(tool, [path, "--input-file", input.path, "--check-prefix", prefix, "--allow-empty"])
  if result.status != 0 { throw FileCheckMismatch(description: result.text) }
}

/// Where FileCheck is, and how programs are run.
enum FileCheck {
  /// The path of LLVM 15's FileCheck, or `nil` if it is not installed.
  static let tool: String? = {
    let folder = (try? run("/usr/bin/env", ["llvm-config-15", "--bindir"])).flatMap { $0.status == 0 ? $0.text : nil }
    let configured = folder.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) + "/FileCheck" }
    let searched = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").flatMap { ["\($0)/FileCheck-15", "\($0)/FileCheck"] }
    return ([configured].compactMap(\.self) + searched).first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Says that the specification at `path` was not checked.
  static func skip(_ path: String) {
    print("SKIPPED: \(path) is not checked: FileCheck is not installed (Debian's package is llvm-15-tools)")
  }

  /// Runs `program` and returns its exit status and all that it printed.
  static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
