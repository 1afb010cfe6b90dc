/// Where a greedy placement puts a range among the gaps that it fits in.
enum Fit: CaseIterable {
  /// The lowest gap.
  case first
  /// The gap that it leaves least of.
  case best
}

/// Offsets of the ranges of a problem, and the bytes they take.
struct Placement {
  /// The offset of each range.
  var offsets: [Int]
  /// The end of the highest range.
  var total: Int
}

/// A range that has its place.
private struct Placed {
  let offset: Int
  let end: Int
  let firstSection: Int
  let endSection: Int
}

extension PackingProblem {
  /// Places the ranges in `order`, each in a gap below what is already there, or on top.
  ///
  /// - Complexity: O(n²), a comparison of few words each.
  func place(_ order: [Int], _ fit: Fit) -> Placement {
    var placement = Placement(offsets: [Int](repeating: 0, count: count), total: 0)
    var placed = [Placed]()
    placed.reserveCapacity(count)
    for i in order {
      let (size, start, end) = (sizes[i], starts[i], ends[i])
      var chosen: Int?
      var slack = Int.max
      // The end of everything met so far that is live together with range i.
      var top = 0
      for other in placed where other.firstSection < end && start < other.endSection {
        let gap = other.offset - top
        if gap >= size, gap - size < slack {
          (chosen, slack) = (top, gap - size)
          if fit == .first { break }
        }
        top = max(top, other.end)
      }
      let offset = chosen ?? top
      placement.offsets[i] = offset
      placement.total = max(placement.total, offset + size)
      var (low, high) = (0, placed.count)
      while low < high {
        let middle = (low + high) / 2
        if placed[middle].offset <= offset { low = middle + 1 } else { high = middle }
      }
      placed.insert(Placed(offset: offset, end: offset + size, firstSection: start, endSection: end), at: low)
    }
    return placement
  }
}
