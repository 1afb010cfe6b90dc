/// Gives every buffer a place in one block so that no two live at the same step share a byte, in a block as small as it finds.
///
/// Several greedy orders are tried and the best is improved; it ends as soon as the lower bound, or `capacity` if that is given, is met.
/// - Requires: no id comes twice.
/// - Ensures: the same ranges in the same order get the same plan. The total may be above `capacity`: that is for the caller to see.
/// - Complexity: O(n²) an order.
package func pack(_ ranges: [LiveRange], alignment: Int = 64, capacity: Int? = nil, effort: Effort = .ordinary) -> MemoryPlan {
  precondition(alignment >= 1 && Set(ranges.map(\.id)).count == ranges.count, "an alignment of \(alignment), or an id comes twice")
  var offsets = [BufferID: Int]()
  var total = 0
  for problem in PackingProblem.split(ranges, alignment: alignment) {
    let packer = Packer(problem, goal: max(problem.lowerBound, capacity ?? 0), effort: effort)
    let placement = packer.best()
    for (i, origin) in problem.origins.enumerated() { offsets[ranges[origin].id] = placement.offsets[i] }
    total = max(total, placement.total)
  }
  return MemoryPlan(offsets: offsets, total: total, alignment: alignment, peak: peak(of: ranges, alignment: alignment))
}
