/// Buffers that share one place because one is written where another is read for the last time.
///
/// A union-find: each block is named by one of its buffers, lives as long as any of them, and is as large as the largest.
package struct SharedRanges: Sendable {
  private var parents: [BufferID: BufferID] = [:]
  private var blocks: [BufferID: LiveRange] = [:]

  /// Creates the sharing of `ranges`, each in a block of its own.
  ///
  /// - Requires: no id comes twice.
  package init(_ ranges: [LiveRange]) {
    for range in ranges {
      precondition(blocks.updateValue(range, forKey: range.id) == nil, "buffer \(range.id) comes twice")
      parents[range.id] = range.id
    }
  }

  /// The block that `id` is in, by its name.
  ///
  /// - Requires: `id` was among the ranges.
  package func block(of id: BufferID) -> BufferID {
    var id = id
    while let parent = parents[id], parent != id { id = parent }
    precondition(parents[id] != nil, "buffer \(id) is unknown")
    return id
  }

  /// Puts the block of `successor` into that of `predecessor`.
  ///
  /// - Requires: the caller knows that they may share: where both are live, the one's bytes are the other's, or are read before they are written.
  package mutating func share(_ successor: BufferID, with predecessor: BufferID) {
    let (a, b) = (block(of: predecessor), block(of: successor))
    guard a != b, let first = blocks[a], let second = blocks.removeValue(forKey: b) else { return }
    let steps = min(first.steps.lowerBound, second.steps.lowerBound)..<max(first.steps.upperBound, second.steps.upperBound)
    blocks[a] = LiveRange(a, size: max(first.size, second.size), steps: steps)
    parents[b] = a
  }

  /// The blocks as ranges to pack, in the order of their names.
  package var merged: [LiveRange] { blocks.values.sorted { $0.id < $1.id } }

  /// Returns `plan`, made for `merged`, with every buffer at its block's place.
  package func spread(_ plan: MemoryPlan) -> MemoryPlan {
    var offsets = [BufferID: Int]()
    for id in parents.keys { offsets[id] = plan.offsets[block(of: id)] }
    return MemoryPlan(offsets: offsets, total: plan.total, alignment: plan.alignment, peak: plan.peak)
  }
}
