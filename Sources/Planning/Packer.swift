/// Packs one problem: greedy orders, then promotions, then a search, until the goal is met or the effort is spent.
struct Packer {
  private let problem: PackingProblem
  /// The total at which nothing more is tried.
  private let goal: Int
  private let effort: Effort

  /// The most ranges that are searched: the search recurses once a range.
  private static let searchLimit = 1024

  /// Creates the packer of `problem`.
  init(_ problem: PackingProblem, goal: Int, effort: Effort) {
    self.problem = problem
    self.goal = goal
    self.effort = effort
  }

  /// The best placement found.
  func best() -> Placement {
    var best = Placement(offsets: [], total: .max)
    var bestOrder = [Int]()
    for order in PlacementOrder.allCases.map({ $0.ranks(of: problem) }) {
      for fit in Fit.allCases {
        let placement = problem.place(order, fit)
        if placement.total < best.total { (best, bestOrder) = (placement, order) }
        if best.total <= goal { return best }
      }
    }
    best = promoted(best, from: bestOrder)
    if best.total > goal, problem.count <= Packer.searchLimit, let found = searched() { best = found }
    return best
  }

  /// Places the ranges again and again, those that stood highest moved ahead in the order, and returns the best placement.
  private func promoted(_ start: Placement, from startOrder: [Int]) -> Placement {
    var (best, current, order) = (start, start, startOrder)
    for round in 0..<effort.improvements where best.total > goal {
      // The range at the top, or in later rounds without success one just below it, goes a good way forward.
      let tops = order.indices.sorted {
        current.offsets[order[$0]] + problem.sizes[order[$0]] > current.offsets[order[$1]] + problem.sizes[order[$1]]
      }
      let from = tops[min(tops.count - 1, round % 4)]
      order.insert(order.remove(at: from), at: from / (2 + round % 3))
      current = problem.place(order, .first)
      if current.total < best.total { best = current }
    }
    return best
  }

  /// Searches for a placement that meets the goal, with a growing budget for each of several orders in turn.
  private func searched() -> Placement? {
    let neighbours = (0..<problem.count).map { i in
      (0..<problem.count).filter { $0 != i && problem.starts[$0] < problem.ends[i] && problem.starts[i] < problem.ends[$0] }
    }
    let orders = [PlacementOrder.length, .area, .contention, .contendedLength, .size].map { $0.ranks(of: problem) }
    var left = effort.searchSteps
    var budget = max(1000, problem.count)
    while left > 0 {
      for order in orders where left > 0 {
        var search = SkylineSearch(problem, capacity: goal, order: order, neighbours: neighbours, budget: min(budget, left))
        switch search.run() {
        case .solved:
          let total = (0..<problem.count).map { search.offsets[$0] + problem.sizes[$0] }.max() ?? 0
          return Placement(offsets: search.offsets, total: total)
        case .impossible: return nil
        case .undecided: left -= budget
        }
      }
      budget *= 4
    }
    return nil
  }
}
