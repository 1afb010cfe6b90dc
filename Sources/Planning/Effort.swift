/// How much work the packer may do for a smaller plan, in counted steps, so that the same ranges are always packed the same.
package struct Effort: Hashable, Sendable {
  /// What part of the goal a plan may be above it and still be good enough.
  package let tolerance: Double
  /// What part of the goal a second search may miss it by, where the first finds nothing; it finds much sooner.
  package let slack: Double
  /// The comparisons of two ranges that may be spent on placing them anew, with what stands highest moved forward.
  package let comparisons: Int
  /// The steps of the search for a placement that meets the goal; each looks at all ranges without a place.
  package let searchSteps: Int

  /// For programs being compiled: some tens of milliseconds at most for thousands of buffers.
  package static let ordinary = Effort(tolerance: 0.001, slack: 0.01, comparisons: 20_000_000, searchSteps: 1_000)
  /// For programs that the ordinary effort leaves with holes: some tenths of a second.
  package static let persistent = Effort(tolerance: 0.001, slack: 0.01, comparisons: 20_000_000, searchSteps: 10_000)
  /// For what must fit: seconds.
  package static let thorough = Effort(tolerance: 0, slack: 0, comparisons: 200_000_000, searchSteps: 2_000_000)
}
