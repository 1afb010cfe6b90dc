import Foundation
import Support

extension UserModel {
  /// What the variable `SWIFT_BACKTRACE` says for the calls of a crash to go to the file at `path`, and not among what the model prints.
  static func backtracing(to path: String) -> String {
    "enable=yes,interactive=no,color=no,threads=crashed,registers=none,images=none,output-to=\(path)"
  }

  /// The report of a model that `signal` ended, at its innermost line that was running.
  ///
  /// - Parameters:
  ///   - printed: what it printed; the Swift runtime's message comes last.
  ///   - backtrace: the calls that were running, the innermost first, as the runtime lists them; empty where it could not.
  func crash(signal: Int32, printed: String, backtrace: String) -> Diagnostic {
    // The runtime's message, which may have several lines, follows the place in a source; then it says that it lists the calls.
    let said = printed.range(of: "\n*** Signal ").map { printed[..<$0.lowerBound] } ?? printed[...]
    let lines = said.split(separator: "\n")
    let first = lines.lastIndex { $0.contains(/\.swift:\d+:\s/) } ?? lines.indices.last
    let message = first.map { lines[$0...].joined(separator: "\n").replacing(/^\S*\.swift:\d+:\s/, with: "") }
    return located(
      "the model '\(path)' crashed" + (message.map { ": \($0)" } ?? " by signal \(signal)"), place(in: backtrace),
      message == nil && signal == SIGSEGV ? "is there an endless recursion in it?" : "where a model can't go on, let it throw an error that says why")
  }

  /// The first place in the model's own file that `backtrace` names.
  private func place(in backtrace: String) -> SourcePosition? {
    let file = (path as NSString).lastPathComponent
    for line in backtrace.split(separator: "\n") {
      guard let name = line.range(of: "/\(file):", options: .backwards) else { continue }
      let numbers = line[name.upperBound...].split(separator: ":").map { Int($0) }
      if let line = numbers.first ?? nil { return SourcePosition(file: file, line: line, column: numbers.count > 1 ? numbers[1] ?? 1 : 1) }
    }
    return nil
  }
}
