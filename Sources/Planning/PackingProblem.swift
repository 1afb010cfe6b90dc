/// Ranges that are connected in time, as the packer's loops want them: plain arrays, steps renumbered.
struct PackingProblem {
  /// The positions of the ranges in the list the problem was taken from.
  let origins: [Int]
  /// The sizes, rounded up to the alignment.
  let sizes: [Int]
  /// The first section of each range; a section is a run of steps with the same live ranges.
  let starts: [Int]
  /// The section after each range's last.
  let ends: [Int]
  /// The steps each range lives.
  let lengths: [Int]
  /// The bytes live in each section.
  let loads: [Int]
  /// The most bytes live at once during each range.
  let contentions: [Int]

  /// The number of ranges.
  var count: Int { sizes.count }
  /// The most bytes live at once.
  var lowerBound: Int { loads.max() ?? 0 }

  /// Splits `ranges` where no range is live on both sides: what lies apart in time is packed apart.
  static func split(_ ranges: [LiveRange], alignment: Int) -> [PackingProblem] {
    let order = ranges.indices.sorted { (ranges[$0].steps.lowerBound, $0) < (ranges[$1].steps.lowerBound, $1) }
    var groups = [[Int]]()
    var end = Int.min
    for i in order {
      if ranges[i].steps.lowerBound >= end { groups.append([]) }
      groups[groups.count - 1].append(i)
      end = max(end, ranges[i].steps.upperBound)
    }
    return groups.map { PackingProblem($0, of: ranges, alignment: alignment) }
  }

  /// Creates the problem of the ranges at `origins` of `ranges`.
  private init(_ origins: [Int], of ranges: [LiveRange], alignment: Int) {
    let steps = origins.map { ranges[$0].steps }
    // Only where a range starts after another has ended can the live set be a new largest one, so a section runs from
    // one such start to the next.
    let events = (steps.map { (step: $0.lowerBound, isStart: true) } + steps.map { (step: $0.upperBound, isStart: false) })
      .sorted { ($0.step, $0.isStart ? 1 : 0) < ($1.step, $1.isStart ? 1 : 0) }
    var boundaries = [Int]()
    var endedSince = true
    for event in events {
      if event.isStart && endedSince { boundaries.append(event.step) }
      endedSince = !event.isStart
    }
    /// The section that a range with its first step at `step` is born in.
    func section(of step: Int) -> Int {
      var (low, high) = (0, boundaries.count)
      while low < high {
        let middle = (low + high) / 2
        if boundaries[middle] <= step { low = middle + 1 } else { high = middle }
      }
      return low - 1
    }
    self.origins = origins
    sizes = origins.map { rounded(ranges[$0].size, to: alignment) }
    starts = steps.map { section(of: $0.lowerBound) }
    ends = steps.map { section(of: $0.upperBound - 1) + 1 }
    lengths = steps.map(\.count)
    var loads = [Int](repeating: 0, count: boundaries.count)
    for i in origins.indices { for s in starts[i]..<ends[i] { loads[s] += sizes[i] } }
    self.loads = loads
    let (starts, ends) = (starts, ends)
    contentions = origins.indices.map { i in loads[starts[i]..<ends[i]].max() ?? 0 }
  }

  /// The size of range `i` times its life, or the largest number where that is larger.
  func area(of i: Int) -> Int {
    let (product, overflow) = sizes[i].multipliedReportingOverflow(by: lengths[i])
    return overflow ? .max : product
  }
}
