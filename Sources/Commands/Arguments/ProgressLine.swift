import Foundation
import Support

/// How far something long has come, on standard error: one line that is rewritten on a terminal, a line now and then elsewhere.
package final class ProgressLine {
  private let output: Output
  private let isTerminal: Bool
  private let clock = ContinuousClock()
  private var lastShown: ContinuousClock.Instant?
  private var shownWidth = 0

  /// Between plain lines, and between rewritings.
  private static let (plainInterval, terminalInterval) = (Duration.seconds(10), Duration.milliseconds(200))

  /// Creates a line of which nothing is shown yet: on a terminal it is due at once, elsewhere what is done before long needs none.
  package init(_ output: Output, isTerminal: Bool = isatty(STDERR_FILENO) != 0) {
    self.output = output
    self.isTerminal = isTerminal
    lastShown = isTerminal ? nil : clock.now
  }

  /// Whether it is time to show how far it is.
  var isDue: Bool { lastShown.map { clock.now - $0 >= (isTerminal ? ProgressLine.terminalInterval : ProgressLine.plainInterval) } ?? true }

  /// Lets it be due an interval from now on.
  func wait() { lastShown = clock.now }

  /// Shows `text`, due or not.
  func show(_ text: String) {
    lastShown = clock.now
    isTerminal ? rewrite(text) : output.warn(text)
  }

  /// Takes the rewritten line away, so that what follows has a line of its own.
  func clear() {
    if shownWidth > 0 { rewrite("") }
  }

  private func rewrite(_ text: String) {
    let text = String(text.prefix(max(20, terminalWidth() - 1)))
    output.write(progress: "\r" + text + String(repeating: " ", count: max(0, shownWidth - text.count)) + (text.isEmpty ? "\r" : ""))
    shownWidth = text.count
  }
}

/// A duration as one says it: `40 s`, `12 min`, `3.5 h`.
func roughly(_ duration: Duration) -> String {
  let seconds = duration / .seconds(1)
  if seconds < 100 { return String(format: "%.0f s", seconds) }
  return seconds < 6000 ? String(format: "%.0f min", seconds / 60) : String(format: "%.1f h", seconds / 3600)
}

/// The columns of the terminal behind standard error; 80 where it doesn't say.
private func terminalWidth() -> Int {
  var size = winsize()
  guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
  return Int(size.ws_col)
}
