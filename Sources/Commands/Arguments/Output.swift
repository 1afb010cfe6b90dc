import Foundation
import Support
import Synchronization

/// Where a verb's words go: text for people, and under `--json` one object for programs.
package final class Output: Sendable {
  /// Takes a piece of text as it is, line ends included.
  package typealias Sink = @Sendable (String) -> Void

  /// Whether the user asked for `--json`.
  package let isJSON: Bool
  private let standardOutput: Sink
  private let standardError: Sink
  private let emitted = Mutex(false)

  /// Creates the output of one command.
  package init(json: Bool, standardOutput: @escaping Sink = Output.standardOutput, standardError: @escaping Sink = Output.standardError) {
    self.isJSON = json
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// Says a line to people: on standard output, or on standard error when that is kept for JSON.
  package func say(_ line: String) { (isJSON ? standardError : standardOutput)(line + "\n") }

  /// Says a line to people on standard error: warnings, mistakes, progress.
  package func warn(_ line: String) { standardError(line + "\n") }

  /// Writes `text` to standard error as it is: a line that is going to be rewritten.
  package func write(progress text: String) { standardError(text) }

  /// Prints the command's one JSON object, when the user asked for JSON.
  ///
  /// Numbers that JSON can't say are written "nan", "inf" and "-inf".
  /// - Requires: it is called once a command, with a value that encodes as an object.
  package func emit(json value: some Encodable) throws {
    guard isJSON else { return }
    let first = emitted.withLock { done in
      defer { done = true }
      return !done
    }
    precondition(first, "a command prints one JSON object")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    precondition(text.hasPrefix("{"), "a command's JSON is an object")
    standardOutput(text + "\n")
  }

  /// Whether the JSON object is still owed.
  var owesJSON: Bool { isJSON && !emitted.withLock { $0 } }

  /// Writes to the process's standard output.
  ///
  /// Where that can't be done, such as on a full disk, the process ends with a line on standard error and exit code 2.
  package static let standardOutput: Sink = { text in
    guard !put(text, to: STDOUT_FILENO) else { return }
    standardError("error: cannot write the output: \(systemError())\n  hint: is the disk full?\n")
    exit(2)
  }
  /// Writes to the process's standard error; what can't be said there is lost.
  package static let standardError: Sink = { _ = put($0, to: STDERR_FILENO) }
}

/// Writes all of `text` to the open file `descriptor`; returns whether that went well.
private func put(_ text: String, to descriptor: Int32) -> Bool {
  var text = text
  return text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
}
