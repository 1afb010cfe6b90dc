/// A position in a buffer, or a coordinate: a sum of multiples of loop variables and of whole-number divisions of such sums.
///
/// Every buffer is addressed by the row-major position of an element, so a change of shape needs no arithmetic, and the sum is kept in a normal form in which
/// divisions that come out even disappear: `(8·y + x) / 8` is `y` where `x` stays below 8.
package struct Index: Hashable, Sendable {
  /// A quantity that the normal form can't take apart.
  package indirect enum Atom: Hashable, Sendable {
    case axis(Axis)
    /// Rounded towards minus infinity.
    case quotient(Index, by: Int)
    /// Never negative.
    case remainder(Index, by: Int)
    /// A whole number read from a buffer, in 0..<`below`.
    case value(Scalar, below: Int)
  }

  /// A multiple of an atom.
  package struct Term: Hashable, Sendable {
    package let atom: Atom
    package let factor: Int
  }

  /// The multiples, no atom twice, in the order of `Atom.precedes`.
  package private(set) var terms: [Term]
  /// What is added to them.
  package private(set) var constant: Int

  /// Creates the constant index `constant`.
  package init(_ constant: Int) {
    terms = []
    self.constant = constant
  }

  /// Creates the index that is the value of `axis`.
  package init(_ axis: Axis) {
    // A variable that takes one value is that value.
    terms = axis.extent == 1 ? [] : [Term(atom: .axis(axis), factor: 1)]
    constant = 0
  }

  /// Creates the index that is the whole number `value`, which lies in 0..<`bound`.
  package init(_ value: Scalar, below bound: Int) {
    terms = [Term(atom: .value(value, below: bound), factor: 1)]
    constant = 0
  }

  private init(terms: [Term], constant: Int) {
    self.terms = terms
    self.constant = constant
  }

  /// The row-major position of `coordinates` in `shape`.
  package static func position(of coordinates: [Index], in shape: [Int]) -> Index {
    precondition(coordinates.count == shape.count, "one coordinate a dimension")
    var position = Index(0)
    for (coordinate, extent) in zip(coordinates, shape) { position = position * extent + coordinate }
    return position
  }

  /// The coordinates in `shape` of the row-major position `position`.
  package static func coordinates(of position: Index, in shape: [Int]) -> [Index] {
    var stride = shape.reduce(1, *)
    return shape.enumerated().map { d, extent in
      stride /= extent
      let quotient = position.divided(by: stride)
      return d == 0 ? quotient : quotient.modulo(extent)
    }
  }

  /// The smallest and the largest value the index can take.
  package var range: ClosedRange<Int> { range { _ in nil } }

  /// The values the index can take where all of `bounds` hold, or some more; `nil` where they never do.
  package func range(where bounds: [Bounds]) -> ClosedRange<Int>? { Index.known(by: bounds).map { known in range { known[$0] } } }

  /// The index where all of `bounds` hold: without divisions that have one quotient there.
  package func simplified(where bounds: [Bounds]) -> Index {
    guard terms.contains(where: { !$0.isAxis }), let known = Index.known(by: bounds) else { return self }
    func simplified(_ index: Index) -> Index {
      var result = Index(index.constant)
      for term in index.terms {
        let atom: Index
        switch term.atom {
        case .quotient(let inner, let divisor), .remainder(let inner, let divisor):
          let inner = simplified(inner)
          let range = inner.range { known[$0] }
          let quotient = range.lowerBound.flooredQuotient(by: divisor)
          let isQuotient = if case .quotient = term.atom { true } else { false }
          if range.upperBound.flooredQuotient(by: divisor) == quotient {
            atom = isQuotient ? Index(quotient) : inner + -quotient * divisor
          } else {
            atom = isQuotient ? inner.divided(by: divisor) : inner.modulo(divisor)
          }
        case .axis, .value: atom = Index(terms: [Term(atom: term.atom, factor: 1)], constant: 0)
        }
        result.add(atom, times: term.factor)
      }
      return result
    }
    return simplified(self)
  }

  /// What `bounds` say of single quantities; `nil` where they can't all hold.
  private static func known(by bounds: [Bounds]) -> [Atom: ClosedRange<Int>]? {
    var known: [Atom: ClosedRange<Int>] = [:]
    for bound in bounds where bound.index.terms.count == 1 && bound.index.terms[0].factor == 1 {
      let atom = bound.index.terms[0].atom
      let before = known[atom] ?? atom.range { known[$0] }
      let (low, high) = (max(before.lowerBound, -bound.index.constant), min(before.upperBound, bound.limit - 1 - bound.index.constant))
      guard low <= high else { return nil }
      known[atom] = low...high
    }
    return known
  }

  /// The smallest and the largest value, where some quantities' are `known`.
  fileprivate func range(_ known: (Atom) -> ClosedRange<Int>?) -> ClosedRange<Int> {
    var (low, high) = (constant, constant)
    for term in terms {
      let r = known(term.atom) ?? term.atom.range(known)
      low += min(r.lowerBound * term.factor, r.upperBound * term.factor)
      high += max(r.lowerBound * term.factor, r.upperBound * term.factor)
    }
    return low...high
  }

  /// How much the index grows when `axis` grows by one, or `nil` when that isn't the same everywhere.
  package func coefficient(of axis: Axis) -> Int? {
    var coefficient = 0
    for term in terms {
      if case .axis(axis) = term.atom {
        coefficient += term.factor
      } else if term.atom.mentions(axis) {
        return nil
      }
    }
    return coefficient
  }

  /// Whether the value depends on `axis`.
  package func mentions(_ axis: Axis) -> Bool { terms.contains { $0.atom.mentions(axis) } }

  package static func + (a: Index, b: Index) -> Index {
    var sum = a
    sum.add(b)
    return sum
  }

  package static func + (a: Index, b: Int) -> Index { Index(terms: a.terms, constant: a.constant + b) }
  package static func - (a: Index, b: Index) -> Index { a + b * -1 }

  package static func * (a: Index, factor: Int) -> Index {
    guard factor != 0 else { return Index(0) }
    return Index(terms: a.terms.map { Term(atom: $0.atom, factor: $0.factor * factor) }, constant: a.constant * factor)
  }

  /// The quotient by `divisor`, rounded towards minus infinity.
  package func divided(by divisor: Int) -> Index {
    precondition(divisor > 0)
    if divisor == 1 { return self }
    let (even, rest) = split(by: divisor)
    let restRange = rest.range
    if restRange.lowerBound >= 0 && restRange.upperBound < divisor { return even }
    if let (coarse, _, step) = rest.coarsened(for: divisor) { return even + coarse.divided(by: divisor / step) }
    return even + Index(terms: [Term(atom: .quotient(rest, by: divisor), factor: 1)], constant: 0)
  }

  /// The remainder of the division by `divisor`, never negative.
  package func modulo(_ divisor: Int) -> Index {
    precondition(divisor > 0)
    if divisor == 1 { return Index(0) }
    let (_, rest) = split(by: divisor)
    let restRange = rest.range
    if restRange.lowerBound >= 0 && restRange.upperBound < divisor { return rest }
    if let (coarse, fine, step) = rest.coarsened(for: divisor) { return coarse.modulo(divisor / step) * step + fine }
    return Index(terms: [Term(atom: .remainder(rest, by: divisor), factor: 1)], constant: 0)
  }

  /// The index with `replacement(axis)` in place of every axis it returns an index for.
  package func substituting(_ replacement: (Axis) -> Index?) -> Index {
    var result = Index(constant)
    for term in terms {
      let atom: Index =
        switch term.atom {
        case .axis(let axis): replacement(axis) ?? Index(axis)
        case .quotient(let index, let divisor): index.substituting(replacement).divided(by: divisor)
        case .remainder(let index, let divisor): index.substituting(replacement).modulo(divisor)
        case .value(let scalar, let bound): Index(scalar.substituting(replacement), below: bound)
        }
      result.add(atom, times: term.factor)
    }
    return result
  }

  /// The index with every scalar in it replaced by `transform` of it.
  package func mapValues(_ transform: (Scalar) -> Scalar) -> Index {
    // Most are sums of axes: there is nothing to replace, and no need to build them anew.
    if terms.allSatisfy(\.isAxis) { return self }
    var result = Index(constant)
    for term in terms {
      let atom: Index =
        switch term.atom {
        case .axis(let axis): Index(axis)
        case .quotient(let index, let divisor): index.mapValues(transform).divided(by: divisor)
        case .remainder(let index, let divisor): index.mapValues(transform).modulo(divisor)
        case .value(let scalar, let bound): Index(transform(scalar), below: bound)
        }
      result.add(atom, times: term.factor)
    }
    return result
  }

  /// Calls `body` with every axis in the index, and with every scalar that is part of it.
  package func visit(axis: (Axis) -> Void, value: (Scalar) -> Void) {
    for term in terms {
      switch term.atom {
      case .axis(let a): axis(a)
      case .quotient(let index, _), .remainder(let index, _): index.visit(axis: axis, value: value)
      case .value(let scalar, _): value(scalar)
      }
    }
  }

  /// Splits the sum into `divisor` times the first part, plus the second.
  private func split(by divisor: Int) -> (even: Index, rest: Index) {
    var (even, rest) = (Index(0), Index(0))
    for term in terms {
      let quotient = term.factor.flooredQuotient(by: divisor)
      // A term stays whole unless it divides evenly: half a term in each part would not make the rest any smaller where it matters.
      if term.factor == quotient * divisor {
        even.add(Term(atom: term.atom, factor: quotient))
      } else {
        rest.add(term)
      }
    }
    even.constant = constant.flooredQuotient(by: divisor)
    rest.constant = constant - even.constant * divisor
    // The rest of an otherwise even sum may be moved by whole divisors, so that it starts at 0 where it can.
    let low = rest.range.lowerBound.flooredQuotient(by: divisor)
    even.constant += low
    rest.constant -= low * divisor
    return (even, rest)
  }

  /// The sum as `step` times the first part plus the second, which stays below `step`, for a `step` that divides `divisor`; `nil` if there is none.
  ///
  /// Then (step · a + b) / divisor is a / (divisor / step), and the remainder falls apart likewise.
  private func coarsened(for divisor: Int) -> (coarse: Index, fine: Index, step: Int)? {
    for step in Set(terms.map { Int.greatestCommonDivisor($0.factor, divisor) }).sorted(by: >) where step > 1 {
      let fine = Index(terms: terms.filter { $0.factor % step != 0 }, constant: constant - constant.flooredQuotient(by: step) * step)
      let range = fine.range
      guard range.lowerBound >= 0, range.upperBound < step else { continue }
      let coarse = terms.filter { $0.factor % step == 0 }.map { Term(atom: $0.atom, factor: $0.factor / step) }
      return (Index(terms: coarse, constant: constant.flooredQuotient(by: step)), fine, step)
    }
    return nil
  }

  /// Adds `factor` times `other`.
  private mutating func add(_ other: Index, times factor: Int = 1) {
    constant += other.constant * factor
    for term in other.terms { add(Term(atom: term.atom, factor: term.factor * factor)) }
  }

  private mutating func add(_ term: Term) {
    if let i = terms.firstIndex(where: { $0.atom == term.atom }) {
      let factor = terms[i].factor + term.factor
      if factor == 0 {
        terms.remove(at: i)
      } else {
        terms[i] = Term(atom: term.atom, factor: factor)
      }
    } else if let (i, whole, factor) = counterpart(of: term) {
      // d · (x / d) + x % d is x.
      terms.remove(at: i)
      add(whole, times: factor)
    } else if term.factor != 0 {
      terms.insert(term, at: terms.firstIndex { term.atom.precedes($0.atom) } ?? terms.endIndex)
    }
  }
}

extension Index.Term {
  /// Whether it is a multiple of a loop variable.
  fileprivate var isAxis: Bool { if case .axis = atom { true } else { false } }
}

extension Index {
  /// The quotient that `term` is the remainder of, or the other way round, if it stands in the sum with the fitting factor.
  private func counterpart(of term: Term) -> (position: Int, whole: Index, factor: Int)? {
    for (i, other) in terms.enumerated() {
      switch (term.atom, other.atom) {
      case (.remainder(let x, let d), .quotient(let y, let e)) where x == y && d == e && other.factor == term.factor * d: return (i, x, term.factor)
      case (.quotient(let x, let d), .remainder(let y, let e)) where x == y && d == e && term.factor == other.factor * d: return (i, x, other.factor)
      default: continue
      }
    }
    return nil
  }
}

extension Index.Atom {
  /// The smallest and the largest value.
  package var range: ClosedRange<Int> { range { _ in nil } }

  /// The smallest and the largest value, where some quantities' are `known`.
  fileprivate func range(_ known: (Index.Atom) -> ClosedRange<Int>?) -> ClosedRange<Int> {
    switch self {
    case .axis(let axis): return 0...axis.extent - 1
    case .quotient(let index, let divisor):
      let r = index.range(known)
      return r.lowerBound.flooredQuotient(by: divisor)...r.upperBound.flooredQuotient(by: divisor)
    case .remainder(let index, let divisor):
      let r = index.range(known)
      return r.lowerBound >= 0 && r.upperBound < divisor ? r : 0...divisor - 1
    case .value(_, let bound): return 0...bound - 1
    }
  }

  /// Whether the value depends on `axis`.
  package func mentions(_ axis: Axis) -> Bool {
    switch self {
    case .axis(let own): own == axis
    case .quotient(let index, _), .remainder(let index, _): index.mentions(axis)
    case .value(let scalar, _): scalar.mentions(axis)
    }
  }

  /// A fixed order, so that equal sums look equal.
  func precedes(_ other: Index.Atom) -> Bool {
    switch (self, other) {
    case (.axis(let a), .axis(let b)): a.id < b.id
    case (.axis, _): true
    case (_, .axis): false
    default: Printer.text(self) < Printer.text(other)
    }
  }
}

extension Int {
  /// The largest number that divides both, `b` being positive.
  package static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (Swift.abs(a), b)
    while a != 0 { (a, b) = (b % a, a) }
    return b
  }

  /// The quotient by `divisor`, rounded towards minus infinity.
  package func flooredQuotient(by divisor: Int) -> Int {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
