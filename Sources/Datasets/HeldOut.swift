import Support

/// A tenth of each class, chosen by chance and always the same, for a data set that has no test images of its own.
struct HeldOut {
  /// The positions of the images that are held out, ascending.
  let positions: [Int]

  /// Chooses among images whose classes are `labels`: a tenth of each class, one at least, but never a class's only image.
  init(labels: [Int], classes: Int) {
    let draws = Philox(seed: 0, stream: "held out")
    var members = [[Int]](repeating: [], count: classes)
    for (position, label) in labels.enumerated() { members[label].append(position) }
    var chosen: [Int] = []
    for (label, positions) in members.enumerated() where positions.count > 1 {
      let ranked = positions.enumerated().map { (draws.words(element: UInt64($0.offset), step: UInt64(label))[0], $0.element) }.sorted { $0 < $1 }
      chosen += ranked.prefix(max(1, positions.count / 10)).map(\.1)
    }
    positions = chosen.sorted()
  }
}
