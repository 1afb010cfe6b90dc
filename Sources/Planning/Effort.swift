/// How much work the packer may do for a smaller plan, in counted steps, so that the same ranges are always packed the same.
package struct Effort: Hashable, Sendable {
  /// How many times a placement is made again with what stands highest moved forward.
  package let improvements: Int
  /// The steps of the search for a placement within the capacity, or at the lower bound.
  package let searchSteps: Int

  /// Creates an effort.
  package init(improvements: Int, searchSteps: Int) {
    self.improvements = improvements
    self.searchSteps = searchSteps
  }

  /// For programs being compiled: some milliseconds.
  package static let ordinary = Effort(improvements: 100, searchSteps: 2_000)
  /// For what must fit: seconds.
  package static let thorough = Effort(improvements: 1_000, searchSteps: 2_000_000)
}
