extension MemoryPlan {
  /// What is wrong with a plan.
  package enum Flaw: Hashable, Sendable {
    /// A buffer has no place.
    case missing(BufferID)
    /// A buffer's place is not a multiple of the alignment.
    case misaligned(BufferID)
    /// A buffer's place is not inside the block.
    case outside(BufferID)
    /// Two buffers are live at `step` and share bytes.
    case overlap(BufferID, BufferID, step: Int)
  }

  /// Returns the first flaw of the plan for `ranges`, or `nil`: then no two live buffers share a byte.
  ///
  /// It shares nothing with the packer: steps are swept in order, and the places of the live buffers are kept sorted, where only neighbours can meet.
  /// - Complexity: O(n · live) at worst.
  package func flaw(for ranges: [LiveRange]) -> Flaw? {
    for range in ranges {
      guard let offset = offsets[range.id] else { return .missing(range.id) }
      if offset % alignment != 0 { return .misaligned(range.id) }
      if offset < 0 || range.size > total || offset > total - range.size { return .outside(range.id) }
    }
    let starts = ranges.sorted { ($0.steps.lowerBound, $0.id) < ($1.steps.lowerBound, $1.id) }
    let ends = ranges.sorted { ($0.steps.upperBound, $0.id) < ($1.steps.upperBound, $1.id) }[...]
    var waiting = ends
    var live = [(bytes: Range<Int>, id: BufferID)]()
    func position(of offset: Int) -> Int {
      var (low, high) = (0, live.count)
      while low < high {
        let middle = (low + high) / 2
        if live[middle].bytes.lowerBound < offset { low = middle + 1 } else { high = middle }
      }
      return low
    }
    for range in starts {
      while let ended = waiting.first, ended.steps.upperBound <= range.steps.lowerBound {
        live.remove(at: position(of: offsets[ended.id, default: 0]))
        waiting.removeFirst()
      }
      let offset = offsets[range.id, default: 0]
      let place = offset..<(offset + range.size)
      let index = position(of: offset)
      for neighbour in live[max(0, index - 1)..<min(live.count, index + 1)] where neighbour.bytes.overlaps(place) {
        return .overlap(neighbour.id, range.id, step: range.steps.lowerBound)
      }
      live.insert((place, range.id), at: index)
    }
    return nil
  }
}
