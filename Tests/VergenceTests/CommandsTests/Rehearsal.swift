import Commands
import Synchronization

/// What one command printed, and how it ended.
struct Rehearsal {
  let exitCode: Int32
  let standardOutput: String
  let standardError: String

  /// Runs the command line `words` on `verbs`, keeping what it prints.
  init(_ words: [String], on verbs: [Verb]) {
    let output = Recorder()
    let error = Recorder()
    exitCode = dispatch(words, to: verbs, standardOutput: { output.add($0) }, standardError: { error.add($0) })
    standardOutput = output.text
    standardError = error.text
  }
}

/// Text that grows from any thread.
final class Recorder: Sendable {
  private let pieces = Mutex("")
  func add(_ text: String) { pieces.withLock { $0 += text } }
  var text: String { pieces.withLock { $0 } }
}
