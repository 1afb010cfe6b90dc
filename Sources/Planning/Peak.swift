/// The step at which the most bytes are live: no plan can take fewer.
package struct Peak: Hashable, Sendable {
  /// The first such step.
  package let step: Int
  /// The bytes live then, each buffer's size rounded up to the alignment.
  package let bytes: Int

  /// Creates the peak of `bytes` live bytes at `step`.
  package init(step: Int, bytes: Int) {
    self.step = step
    self.bytes = bytes
  }
}

/// Returns the peak of `ranges` when every place starts at a multiple of `alignment`.
///
/// - Complexity: O(n log n).
package func peak(of ranges: [LiveRange], alignment: Int = 1) -> Peak {
  let changes =
    ranges.flatMap { range in
      let size = rounded(range.size, to: alignment)
      return [(step: range.steps.lowerBound, bytes: size), (step: range.steps.upperBound, bytes: -size)]
    }
    // What ends at a step is gone before what starts there comes.
    .sorted { ($0.step, $0.bytes) < ($1.step, $1.bytes) }
  var live = 0
  var peak = Peak(step: changes.first?.step ?? 0, bytes: 0)
  for change in changes {
    live += change.bytes
    if live > peak.bytes { peak = Peak(step: change.step, bytes: live) }
  }
  return peak
}

/// Returns the smallest multiple of `alignment` that is at least `size`.
func rounded(_ size: Int, to alignment: Int) -> Int { (size + alignment - 1) / alignment * alignment }
