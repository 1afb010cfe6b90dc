/// A search for offsets that keep a problem's ranges within a capacity.
///
/// Any solution can be settled until no range can move down; then its ranges, taken by rising offset, each rest on the highest of those
/// taken before that are live with them. So it is enough to search the orders in which ranges are dropped onto that skyline. A branch ends when
/// - some section's unplaced ranges can't fit between its skyline and the capacity;
/// - a range could still be dropped wholly beneath the next offset, since the solution would not be settled;
/// - the unplaced ranges and the skyline beneath them are some that have failed before.
/// Where the unplaced ranges fall apart in time, the parts are searched one after the other, and one that fails fails the whole.
/// - Source: the ideas of canonical solutions, section inference and decomposition are from Moffitt 2023, 'MiniMalloc'.
struct SkylineSearch {
  /// How a search ended.
  enum Outcome {
    /// Every range has its place.
    case solved
    /// There are no such offsets.
    case impossible
    /// The budget was spent before either was known.
    case undecided
  }

  /// The place that the latest range was given: the next one comes after it, by offset and then by rank.
  private struct Turn {
    var offset: Int
    var rank: Int
    static func < (a: Turn, b: Turn) -> Bool { (a.offset, a.rank) < (b.offset, b.rank) }
  }

  private let problem: PackingProblem
  private let capacity: Int
  private let neighbours: [[Int]]
  /// The place of each range in the order that breaks ties between equal offsets.
  private let ranks: [Int]
  private let codes: [UInt64]
  /// The steps of the search that are left.
  private(set) var budget: Int
  /// The lowest offset that each range can still have; a placed range's own.
  private(set) var offsets: [Int]
  private var isPlaced: [Bool]
  /// The unplaced bytes of each section.
  private var loads: [Int]
  /// The lowest place in each section, while it is being worked out.
  private var floors: [Int]
  /// Skylines that have failed, by hash, with the earliest turn at which they did.
  private var failures: [UInt64: Turn] = [:]
  /// Offsets to restore on the way back.
  private var trail: [(range: Int, offset: Int)] = []

  /// Creates the search for places below `capacity`, where `order` says which of equally low ranges is tried first.
  init(_ problem: PackingProblem, capacity: Int, order: [Int], neighbours: [[Int]], budget: Int) {
    self.problem = problem
    self.capacity = capacity
    self.neighbours = neighbours
    self.budget = budget
    var ranks = [Int](repeating: 0, count: problem.count)
    for (rank, i) in order.enumerated() { ranks[i] = rank }
    self.ranks = ranks
    codes = (0..<problem.count).map { mixed(UInt64($0) &+ 1) }
    offsets = [Int](repeating: 0, count: problem.count)
    isPlaced = [Bool](repeating: false, count: problem.count)
    loads = problem.loads
    floors = [Int](repeating: 0, count: problem.loads.count)
  }

  /// Runs the search.
  mutating func run() -> Outcome { solve(Array(0..<problem.count), after: Turn(offset: 0, rank: -1)) }

  /// Finds places for the ranges `open`, which are connected in time, all of them after `turn`.
  ///
  /// - Ensures: unless solved, everything is as it was.
  private mutating func solve(_ open: [Int], after turn: Turn) -> Outcome {
    budget -= 1
    if budget < 0 { return .undecided }
    guard hasRoom(for: open, after: turn) else { return .impossible }
    // Nothing will rest on a range that is alone.
    if open.count == 1 { return settle(open[0]) }
    var ceiling = Int.max
    var key: UInt64 = 0
    for i in open {
      ceiling = min(ceiling, offsets[i] + problem.sizes[i])
      key = key &+ mixed(codes[i] ^ UInt64(truncatingIfNeeded: offsets[i]))
    }
    if let earliest = failures[key], !(turn < earliest) { return .impossible }
    let candidates = open.filter { offsets[$0] < ceiling && turn < Turn(offset: offsets[$0], rank: ranks[$0]) }
      .sorted { (offsets[$0], ranks[$0]) < (offsets[$1], ranks[$1]) }
    for i in candidates {
      let outcome = place(i, of: open)
      if outcome != .impossible { return outcome }
    }
    failures[key] = turn
    return .impossible
  }

  /// Puts range `i`, which no unplaced range is live with, where it stands.
  private mutating func settle(_ i: Int) -> Outcome {
    isPlaced[i] = true
    for s in problem.starts[i]..<problem.ends[i] { loads[s] -= problem.sizes[i] }
    return .solved
  }

  /// Puts range `i` of `open` on the skyline and finds places for the others.
  private mutating func place(_ i: Int, of open: [Int]) -> Outcome {
    let turn = Turn(offset: offsets[i], rank: ranks[i])
    let top = turn.offset + problem.sizes[i]
    let mark = trail.count
    isPlaced[i] = true
    for s in problem.starts[i]..<problem.ends[i] { loads[s] -= problem.sizes[i] }
    for j in neighbours[i] where !isPlaced[j] && offsets[j] < top {
      trail.append((j, offsets[j]))
      offsets[j] = top
    }
    var outcome = Outcome.solved
    var solved = [Int]()
    for part in parts(of: open.filter { $0 != i }) {
      outcome = solve(part, after: turn)
      if outcome != .solved { break }
      solved += part
    }
    if outcome == .solved { return .solved }
    for j in solved { takeBack(j) }
    takeBack(i)
    while trail.count > mark {
      let (j, offset) = trail.removeLast()
      offsets[j] = offset
    }
    return outcome
  }

  /// Makes range `i` unplaced again, all but the skyline above it.
  private mutating func takeBack(_ i: Int) {
    isPlaced[i] = false
    for s in problem.starts[i]..<problem.ends[i] { loads[s] += problem.sizes[i] }
  }

  /// Whether each section's unplaced ranges fit between the lowest place one of them can have and the capacity.
  private mutating func hasRoom(for open: [Int], after turn: Turn) -> Bool {
    if open.count == 1 { return offsets[open[0]] + problem.sizes[open[0]] <= capacity }
    guard let first = open.first.map({ problem.starts[$0] }) else { return true }
    var last = first
    for i in open {
      let lowest = lowestOffset(of: i, after: turn)
      if lowest > capacity - problem.sizes[i] { return false }
      // Ranges come by their starts, so sections from here on have no floor yet.
      while last < problem.ends[i] {
        floors[last] = .max
        last += 1
      }
      for s in problem.starts[i]..<problem.ends[i] where floors[s] > lowest { floors[s] = lowest }
    }
    for s in first..<last where floors[s] > capacity - loads[s] { return false }
    return true
  }

  /// The lowest offset that unplaced range `i` can have in a settled solution.
  private func lowestOffset(of i: Int, after turn: Turn) -> Int {
    if turn < Turn(offset: offsets[i], rank: ranks[i]) { return offsets[i] }
    // Its turn where it stands is over, so another unplaced range must come beneath it.
    var lowest = Int.max
    for j in neighbours[i] where !isPlaced[j] { lowest = min(lowest, max(offsets[j], turn.offset) + problem.sizes[j]) }
    return lowest
  }

  /// Splits `open` where no unplaced range is live on both sides, the smallest part first: it fails the soonest.
  private func parts(of open: [Int]) -> [[Int]] {
    var parts = [[Int]]()
    var end = Int.min
    for i in open {
      if problem.starts[i] >= end { parts.append([]) }
      parts[parts.count - 1].append(i)
      end = max(end, problem.ends[i])
    }
    return parts.count == 1 ? parts : parts.sorted { $0.count < $1.count }
  }
}

/// Scrambles `word`, so that sums of scrambled words tell sets apart.
///
/// - Source: Steele et al. 2014, 'Fast Splittable Pseudorandom Number Generators' (SplitMix64's finaliser).
private func mixed(_ word: UInt64) -> UInt64 {
  var z = word &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}
