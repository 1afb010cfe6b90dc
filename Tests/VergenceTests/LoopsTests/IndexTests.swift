import Loops
import Support
import Tensors
import Testing

/// The normal form of indices never changes a value.
@Suite("Index")
struct IndexTests {
  /// A sum of divisions and multiples as it was written down, beside the index made of it.
  struct Written {
    let index: Index
    let value: ([Int]) -> Int
  }

  /// RandomSource expressions over `axes`; the same seed draws the same.
  struct Maker {
    let axes: [Axis]
    var draws: RandomSource

    mutating func expression(depth: Int) -> Written {
      guard depth > 0 else { return leaf() }
      let inner = expression(depth: depth - 1)
      switch Int.random(in: 0..<6, using: &draws) {
      case 0:
        let divisor = Int.random(in: 1...9, using: &draws)
        return Written(index: inner.index.divided(by: divisor)) { floored(inner.value($0), divisor) }
      case 1:
        let divisor = Int.random(in: 1...9, using: &draws)
        return Written(index: inner.index.modulo(divisor)) { inner.value($0) - floored(inner.value($0), divisor) * divisor }
      case 2:
        let factor = Int.random(in: -5...9, using: &draws)
        return Written(index: inner.index * factor) { inner.value($0) * factor }
      case 3:
        let other = expression(depth: depth - 1)
        return Written(index: inner.index - other.index) { inner.value($0) - other.value($0) }
      default:
        let other = expression(depth: depth - 1)
        return Written(index: inner.index + other.index) { inner.value($0) + other.value($0) }
      }
    }

    private mutating func leaf() -> Written {
      if draws.oneIn(4) {
        let constant = Int.random(in: -20...20, using: &draws)
        return Written(index: Index(constant)) { _ in constant }
      }
      let (number, factor) = (Int.random(in: axes.indices, using: &draws), Int.random(in: -4...8, using: &draws))
      return Written(index: Index(axes[number]) * factor) { $0[number] * factor }
    }
  }

  static let axes = [Axis(id: 0, extent: 4), Axis(id: 1, extent: 1), Axis(id: 2, extent: 7), Axis(id: 3, extent: 8)]

  @Test("sums, multiples, quotients and remainders keep their values", arguments: 0..<10)
  func arithmetic(_ block: Int) throws {
    var maker = Maker(axes: Self.axes, draws: RandomSource(seed: UInt32(block)))
    for _ in 0..<40 {
      let written = maker.expression(depth: 4)
      var values: Set<Int> = []
      Tensor.forEachIndex(of: Self.axes.map(\.extent)) { at in
        let value = evaluate(written.index, at)
        values.insert(value)
        #expect(value == written.value(at), "\(written.index) at \(at)")
        #expect(written.index.range.contains(value))
      }
      for (number, axis) in Self.axes.enumerated() where !written.index.mentions(axis) {
        Tensor.forEachIndex(of: Self.axes.map(\.extent)) { at in
          var other = at
          other[number] = 0
          #expect(written.value(at) == written.value(other), "it doesn't mention axis \(number)")
        }
      }
    }
  }

  @Test("what holds under a condition is true wherever the condition is", arguments: 0..<5)
  func conditions(_ block: Int) {
    var maker = Maker(axes: Self.axes, draws: RandomSource(seed: UInt32(300 + block)))
    for _ in 0..<40 {
      let (written, condition) = (maker.expression(depth: 3), maker.expression(depth: 2))
      let bounds = [
        Bounds(condition.index, below: Int.random(in: 1...12, using: &maker.draws)),
        Bounds(Index(Self.axes[0]) + Int.random(in: -2...0, using: &maker.draws), below: 2),
      ]
      let (range, simplified) = (written.index.range(where: bounds), written.index.simplified(where: bounds))
      Tensor.forEachIndex(of: Self.axes.map(\.extent)) { at in
        guard bounds.allSatisfy({ (0..<$0.limit).contains(evaluate($0.index, at)) }) else { return }
        #expect(range?.contains(written.value(at)) == true, "\(written.index) under \(bounds)")
        #expect(evaluate(simplified, at) == written.value(at), "\(written.index) became \(simplified) under \(bounds)")
      }
    }
  }

  @Test("a condition leaves divisions out that have one quotient under it")
  func conditionalDivisions() {
    let (y, x) = (Axis(id: 0, extent: 5), Axis(id: 1, extent: 8))
    let before = [Bounds(Index(x) + 1, below: 5)]
    #expect((Index(y) + Index(x).divided(by: 4)).simplified(where: before) == Index(y))
    #expect(Index(x).modulo(4).simplified(where: before) == Index(x))
    #expect((Index(x) + 2).divided(by: 4).simplified(where: before) == (Index(x) + 2).divided(by: 4))
    #expect(Index(x).range(where: before) == 0...3)
    #expect(Index(x).range(where: before + [Bounds(Index(x) + -6, below: 2)]) == nil)
  }

  @Test("a coefficient is the growth along its axis", arguments: 0..<5)
  func coefficients(_ block: Int) {
    var maker = Maker(axes: Self.axes, draws: RandomSource(seed: UInt32(100 + block)))
    for _ in 0..<40 {
      let written = maker.expression(depth: 3)
      for (number, axis) in Self.axes.enumerated() where axis.extent > 1 {
        guard let coefficient = written.index.coefficient(of: axis) else { continue }
        Tensor.forEachIndex(of: Self.axes.map(\.extent)) { at in
          var next = at
          next[number] += 1
          if next[number] < axis.extent { #expect(written.value(next) - written.value(at) == coefficient) }
        }
      }
    }
  }

  @Test("substitution keeps values", arguments: 0..<5)
  func substitution(_ block: Int) {
    var maker = Maker(axes: Self.axes, draws: RandomSource(seed: UInt32(200 + block)))
    // The third axis (below 7) is cut in a quotient and a remainder of one new axis, as tiling does.
    let tile = Axis(id: 9, extent: 28)
    for _ in 0..<40 {
      let written = maker.expression(depth: 4)
      let substituted = written.index.substituting { axis in
        switch axis.id {
        case 0: Index(tile).divided(by: 7)
        case 2: Index(tile).modulo(7)
        default: nil
        }
      }
      #expect(!substituted.mentions(Self.axes[0]) && !substituted.mentions(Self.axes[2]))
      Tensor.forEachIndex(of: [28, 8]) { at in
        #expect(evaluate(substituted, [9: at[0], 3: at[1]]) == written.value([at[0] / 7, 0, at[0] % 7, at[1]]), "\(substituted) at \(at)")
      }
    }
  }

  @Test("divisions that come out even disappear")
  func evenDivisions() {
    let (y, x) = (Index(Axis(id: 0, extent: 5)), Index(Axis(id: 1, extent: 8)))
    #expect((y * 8 + x).divided(by: 8) == y)
    #expect((y * 8 + x).modulo(8) == x)
    #expect((y * 8 + x + 16).divided(by: 8) == y + 2)
    #expect((y * 8 + -3).divided(by: 8) == y + -1)
    #expect(x.modulo(8) == x)
    #expect(Index(Axis(id: 2, extent: 1)) == Index(0))
  }

  @Test("coordinates are the inverse of position", arguments: [[2, 3, 4], [1, 5, 1, 2], [7], []])
  func coordinates(_ shape: [Int]) {
    let axes = shape.enumerated().map { Axis(id: $0, extent: $1) }
    let coordinates = axes.map { Index($0) }
    #expect(Index.coordinates(of: .position(of: coordinates, in: shape), in: shape) == coordinates)
    let position = Axis(id: 50, extent: max(1, shape.reduce(1, *)))
    #expect(Index.position(of: Index.coordinates(of: Index(position), in: shape), in: shape).range == 0...position.extent - 1)
    Tensor.forEachIndex(of: shape) { at in
      let place = Tensor(shape, repeating: 0).position(of: at)
      #expect(Index.coordinates(of: Index(position), in: shape).map { evaluate($0, [50: place]) } == at)
    }
  }

  @Test("equal sums are equal in whatever order they are made")
  func order() {
    let (a, b) = (Index(Axis(id: 0, extent: 4)), Index(Axis(id: 1, extent: 9)))
    let (q, r) = ((a * 3 + b).divided(by: 5), (a + b).modulo(4))
    #expect(a + b * 2 + q + r == r + q + b + a + b)
    #expect(a + q - a - q == Index(0))
  }
}

/// The quotient rounded towards minus infinity, by search.
private func floored(_ value: Int, _ divisor: Int) -> Int {
  var quotient = value / divisor
  while quotient * divisor > value { quotient -= 1 }
  return quotient
}

private func evaluate(_ index: Index, _ at: [Int]) -> Int { evaluate(index, Dictionary(uniqueKeysWithValues: at.enumerated().map { ($0, $1) })) }

/// The value of `index` where the axes have the values `at`, by their numbers.
private func evaluate(_ index: Index, _ at: [Int: Int]) -> Int {
  index.terms.reduce(index.constant) { sum, term in
    switch term.atom {
    case .axis(let axis): sum + term.factor * (at[axis.id] ?? 0)
    case .quotient(let part, let divisor): sum + term.factor * floored(evaluate(part, at), divisor)
    case .remainder(let part, let divisor): sum + term.factor * (evaluate(part, at) - floored(evaluate(part, at), divisor) * divisor)
    case .value: sum
    }
  }
}
