import Foundation
import Support

/// The file `metrics.jsonl`: an object for each update and for each test, in order.
///
/// It holds no times, so that equal runs have equal files. While it is open, no other process can open it.
package final class MetricsLog {
  /// What is kept of a file that is gone on with.
  package enum Kept: Sendable {
    /// Nothing: the run begins.
    case nothing
    /// The lines of the updates up to `step`, and, if `tests`, that step's test.
    case through(step: Int, tests: Bool)
  }

  /// One line.
  struct Line: Codable {
    /// The updates that were made.
    var step: Int
    /// The epoch, from 1.
    var epoch: Int
    /// The update's numbers: loss, metrics, learning rate, gradient's norm.
    var metrics: [String: Float]?
    /// The test's accuracies by probe.
    var accuracy: [String: Double]?
  }

  private let path: String
  private let file: Int32
  private let encoder = JSONEncoder()

  /// Opens the file at `path`, without the lines that aren't `kept`.
  ///
  /// - Errors: it can't be written; another process has it open.
  package init(path: String, keeping kept: Kept) throws {
    self.path = path
    file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Diagnostic("cannot write '\(path)': \(systemError())", hint: "do its permissions let you write it?") }
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw Diagnostic(
        "another process is training in '\((path as NSString).deletingLastPathComponent)'",
        hint: "wait for it or stop it, or train in another folder by --out")
    }
    guard ftruncate(file, off_t(try length(of: kept))) == 0 else { throw Diagnostic("cannot write '\(path)': \(systemError())") }
  }

  deinit { if file >= 0 { close(file) } }

  /// Appends `line`; it is in the file, if not on the disk, when the function returns.
  ///
  /// - Errors: the disk is full.
  func append(_ line: Line) throws {
    let bytes = try encoder.encode(line) + Data("\n".utf8)
    try bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let n = write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        if n < 0 && errno == EINTR { continue }
        guard n > 0 else { throw Diagnostic("cannot write '\(path)': \(systemError())", hint: "is the disk full?") }
        done += n
      }
    }
  }

  /// Makes sure that all lines are on the disk.
  func synchronize() throws {
    guard fsync(file) == 0 else { throw Diagnostic("cannot write '\(path)': \(systemError())", hint: "is the disk full?") }
  }

  /// The bytes of the lines that are kept, from the start up to the first that isn't, or that is torn.
  private func length(of kept: Kept) throws -> Int {
    guard case .through(let step, let tests) = kept else { return 0 }
    let bytes = try readFile(path)
    var length = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      guard let read = try? decoder.decode(Line.self, from: line) else { break }
      guard read.step < step || (read.step == step && (read.accuracy == nil || tests)) else { break }
      length += line.count + 1
    }
    return length
  }
}
