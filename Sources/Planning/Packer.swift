/// Packs one problem: greedy orders, then promotions, then a search, until the goal is met or the effort is spent.
struct Packer {
  private let problem: PackingProblem
  /// The total that is searched for.
  private let goal: Int
  /// The total at which nothing more is tried.
  private let enough: Int
  private let effort: Effort

  /// The most ranges that are searched: the search recurses once a range.
  private static let searchLimit = 1024

  /// Creates the packer of `problem`.
  init(_ problem: PackingProblem, goal: Int, effort: Effort) {
    self.problem = problem
    self.goal = goal
    self.enough = goal + Int(Double(goal) * effort.tolerance)
    self.effort = effort
  }

  /// The best placement found.
  func best() -> Placement {
    var best = Placement(offsets: [], total: .max)
    var bestOrder = [Int]()
    for kind in PlacementOrder.allCases {
      let order = kind.sorted(problem)
      for fit in Fit.allCases {
        let placement = problem.place(order, fit)
        if placement.total < best.total { (best, bestOrder) = (placement, order) }
        if best.total <= enough { return best }
      }
    }
    best = promoted(best, from: bestOrder)
    // What misses the goal may come near it: the second search is content with a little more.
    let capacities = effort.slack > 0 ? [goal, goal + Int(Double(goal) * effort.slack)] : [goal]
    for capacity in capacities where best.total > max(enough, capacity) && problem.count <= Packer.searchLimit {
      if let found = searched(capacity) { best = found }
    }
    return best
  }

  /// Places the ranges again and again, one that stood high moved ahead in the order, and returns the best placement.
  private func promoted(_ start: Placement, from startOrder: [Int]) -> Placement {
    var (best, current, order) = (start, start, startOrder)
    // Sorting a round's tops costs about as much as comparing each range with a hundred.
    for round in 0..<(effort.comparisons / (problem.count * (problem.count + 100))) where best.total > enough {
      let tops = order.indices.sorted { (top(order[$0], current), $0) > (top(order[$1], current), $1) }
      // Mostly the highest goes half-way forward; the others and the other ways keep the rounds from going in a circle.
      let from = tops[min(tops.count - 1, round % 4)]
      order.insert(order.remove(at: from), at: from / (2 + round % 3))
      current = problem.place(order, .first)
      if current.total < best.total { best = current }
    }
    return best
  }

  /// The end of range `i` in `placement`.
  private func top(_ i: Int, _ placement: Placement) -> Int { placement.offsets[i] + problem.sizes[i] }

  /// Searches for a placement below `capacity`, with several orders in turn and a budget that grows from turn to turn.
  ///
  /// Which order finds one soon differs from problem to problem by orders of magnitude, so no order is given much before all had a little.
  private func searched(_ capacity: Int) -> Placement? {
    let neighbours = (0..<problem.count).map { i in
      (0..<problem.count).filter { $0 != i && problem.starts[$0] < problem.ends[i] && problem.starts[i] < problem.ends[$0] }
    }
    let orders = [PlacementOrder.lateEndLength, .lateEnd, .lateStart, .contendedLength, .contention, .area].map { $0.sorted(problem) }
    var left = effort.searchSteps
    var budget = min(2 * problem.count, left)
    while left > 0 {
      for order in orders where left > 0 {
        var search = SkylineSearch(problem, capacity: capacity, order: order, neighbours: neighbours, budget: min(budget, left))
        switch search.run() {
        case .solved:
          let total = (0..<problem.count).map { search.offsets[$0] + problem.sizes[$0] }.max() ?? 0
          return Placement(offsets: search.offsets, total: total)
        case .impossible: return nil
        case .undecided: left -= budget
        }
      }
      budget *= 2
    }
    return nil
  }
}
