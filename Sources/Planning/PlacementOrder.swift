/// An order in which to give ranges their places: each is good at some programs, so several are tried.
enum PlacementOrder: CaseIterable {
  /// The largest first.
  case size
  /// The largest product of size and life first.
  case area
  /// The longest-lived first.
  case length
  /// Those live at the fullest moment first, then the largest areas.
  case contention
  /// Those live at the fullest moment first, then the longest-lived.
  case contendedLength
  /// The last to be born first, then the largest areas.
  case lateStart
  /// The last to die first, then the largest areas.
  case lateEnd
  /// The last to die first, then the longest-lived.
  case lateEndLength
  /// As the program comes to them, the largest areas first.
  case start

  /// The ranges of `problem` in this order; ties are broken by size and position, so that there is one such order.
  func sorted(_ problem: PackingProblem) -> [Int] {
    let keys = (0..<problem.count).map { i in key(i, problem) }
    return keys.indices.sorted { (keys[$0].0, keys[$0].1, -problem.sizes[$0], $0) < (keys[$1].0, keys[$1].1, -problem.sizes[$1], $1) }
  }

  /// What range `i` is sorted by, ascending.
  private func key(_ i: Int, _ problem: PackingProblem) -> (Int, Int) {
    switch self {
    case .size: (-problem.sizes[i], -problem.lengths[i])
    case .area: (-problem.area(of: i), -problem.lengths[i])
    case .length: (-problem.lengths[i], -problem.area(of: i))
    case .contention: (-problem.contentions[i], -problem.area(of: i))
    case .contendedLength: (-problem.contentions[i], -problem.lengths[i])
    case .lateStart: (-problem.starts[i], -problem.area(of: i))
    case .lateEnd: (-problem.ends[i], -problem.area(of: i))
    case .lateEndLength: (-problem.ends[i], -problem.lengths[i])
    case .start: (problem.starts[i], -problem.area(of: i))
    }
  }
}
