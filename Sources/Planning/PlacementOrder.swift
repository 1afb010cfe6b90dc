/// An order in which to give ranges their places: each is good at some programs, so several are tried.
enum PlacementOrder: CaseIterable {
  /// The largest first.
  case size
  /// The largest product of size and life first.
  case area
  /// The longest-lived first.
  case length
  /// Those live at the fullest moment first, then the largest.
  case contention
  /// Those live at the fullest moment first, then the longest-lived.
  case contendedLength
  /// As the program comes to them, the largest first.
  case start
  /// As the program is done with them, the last first.
  case end

  /// The ranges of `problem` in this order; ties are broken by size, life and position, so that there is one such order.
  func ranks(of problem: PackingProblem) -> [Int] {
    let keys = (0..<problem.count).map { i in key(i, problem) + [-problem.sizes[i], -problem.lengths[i]] }
    return keys.indices.sorted { a, b in
      for (x, y) in zip(keys[a], keys[b]) where x != y { return x < y }
      return a < b
    }
  }

  /// What range `i` is sorted by, ascending.
  private func key(_ i: Int, _ problem: PackingProblem) -> [Int] {
    switch self {
    case .size: [-problem.sizes[i]]
    // Saturating: a product that large is first in any case.
    case .area: [-problem.area(of: i), -problem.contention(of: i)]
    case .length: [-problem.lengths[i], -problem.area(of: i)]
    case .contention: [-problem.contention(of: i)]
    case .contendedLength: [-problem.contention(of: i), -problem.lengths[i]]
    case .start: [problem.starts[i]]
    case .end: [-problem.ends[i]]
    }
  }
}

extension PackingProblem {
  /// The size of range `i` times its life, or the largest number where that is larger.
  func area(of i: Int) -> Int {
    let (product, overflow) = sizes[i].multipliedReportingOverflow(by: lengths[i])
    return overflow ? .max : product
  }
}
