import Tensors

/// How far a tensor of ours is from what it should be, where it is furthest.
struct Comparison: Encodable {
  /// What the tensor is: `outputs`, `gradients`, `parameters`, `statistics`, `evaluation`.
  let kind: String
  let step: Int
  let tensor: String
  /// Where, in our layout.
  let index: [Int]
  let ours: Double
  let expected: Double
  let difference: Double
  let tolerance: Double

  /// Whether it is near enough; a difference that is no number never is.
  var agrees: Bool { difference <= tolerance }
  /// The share of the tolerance that is used up.
  var share: Double { difference.isNaN ? .infinity : difference / tolerance }

  /// How large a difference may be.
  enum Tolerance {
    /// In itself.
    case absolute(Double)
    /// As a share of the largest expected magnitude, or of 1 where that is larger.
    case relative(Double)
  }

  /// Compares `ours` with `expected`, element by element; row-major, whatever the shapes of leading dimensions.
  init(_ kind: String, step: Int, _ tensor: String, _ ours: Tensor, _ expected: Tensor, within tolerance: Tolerance) {
    (self.kind, self.step, self.tensor) = (kind, step, tensor)
    switch tolerance {
    case .absolute(let bound): self.tolerance = bound
    case .relative(let share): self.tolerance = share * expected.elements.reduce(1) { max($0, abs($1)) }
    }
    guard ours.count == expected.count, !expected.elements.isEmpty else {
      (index, self.ours, self.expected, difference) = ([], .nan, .nan, .nan)
      return
    }
    var worst = (position: 0, difference: -1.0)
    for (position, (a, b)) in zip(ours.elements, expected.elements).enumerated() where !(abs(a - b) <= worst.difference) {
      worst = (position, abs(a - b))
      if worst.difference.isNaN { break }
    }
    index = Comparison.coordinates(of: worst.position, in: ours.shape)
    (self.ours, self.expected, difference) = (ours.elements[worst.position], expected.elements[worst.position], worst.difference)
  }

  /// Compares the element at `position` of `ours` with `expected`.
  init(_ kind: String, _ tensor: String, _ position: Int, _ ours: Tensor, _ expected: Double, tolerance: Double) {
    (self.kind, step, self.tensor) = (kind, 0, tensor)
    index = Comparison.coordinates(of: position, in: ours.shape)
    (self.ours, self.expected, self.tolerance) = (ours.elements[position], expected, tolerance)
    difference = abs(ours.elements[position] - expected)
  }

  /// The coordinates in `shape` of the row-major position `position`.
  private static func coordinates(of position: Int, in shape: [Int]) -> [Int] {
    var rest = position
    var coordinates: [Int] = []
    for extent in shape.reversed() {
      coordinates.append(rest % extent)
      rest /= extent
    }
    return coordinates.reversed()
  }
}

/// What a check found: all comparisons, and tensors that one side lacks.
struct Findings {
  private(set) var comparisons: [Comparison] = []
  /// Sentences on tensors without a counterpart.
  private(set) var strays: [String] = []

  mutating func add(_ comparison: Comparison) { comparisons.append(comparison) }
  mutating func add(stray: String) {
    if !strays.contains(stray) { strays.append(stray) }
  }

  var agrees: Bool { !comparisons.isEmpty && strays.isEmpty && comparisons.allSatisfy(\.agrees) }

  /// The worst of each kind, in order of appearance, with the number of tensors of that kind.
  var worst: [(comparison: Comparison, count: Int)] {
    var kinds: [String] = []
    for comparison in comparisons where !kinds.contains(comparison.kind) { kinds.append(comparison.kind) }
    return kinds.compactMap { kind in
      let all = comparisons.filter { $0.kind == kind }
      return all.max { $0.share < $1.share }.map { ($0, all.count) }
    }
  }

  /// The worst of each kind as a table's lines, then the strays.
  var text: String {
    var table = TextTable(["kind", "worst tensor", "index", "step", "ours", "expected", "difference", "tolerance", "tensors", ""], leftAligned: 3)
    for (row, count) in worst {
      table.add([
        row.kind, row.tensor, "\(row.index)", "\(row.step)", row.ours.scientific(6), row.expected.scientific(6), row.difference.scientific(2),
        row.tolerance.scientific(2), "\(count)", row.agrees ? "agrees" : "DIFFERS",
      ])
    }
    return ([table.text] + strays.map { "  \($0)" }).joined(separator: "\n")
  }
}
