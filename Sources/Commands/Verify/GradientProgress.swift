/// Shows how far a check of gradients has come: what is made before the differences, then how many of those there are.
package final class GradientProgress {
  private let line: ProgressLine
  private let clock = ContinuousClock()
  private var beginning: ContinuousClock.Instant?

  /// Shows it in `line`.
  package init(_ line: ProgressLine) { self.line = line }

  /// Says that `work` begins, of which nobody knows how long it takes.
  package func begin(_ work: String) {
    if line.isDue { line.show("gradients: \(work)") }
  }

  /// Says that after `count` of `total` differences one of the parameter `name` begins.
  package func begin(differenceAfter count: Int, of total: Int, in name: String) {
    let beginning = beginning ?? clock.now
    self.beginning = beginning
    guard line.isDue else { return }
    let left = count == 0 ? "" : "  \(roughly((clock.now - beginning) / count * (total - count))) left"
    line.show("gradients: difference \(count + 1)/\(total)  \(name)\(left)")
  }

  /// Takes the line away.
  package func end() { line.clear() }
}
