import Tensors

/// What a kernel computes for one element: an expression over loads, loop variables and constants.
package indirect enum Scalar: Hashable, Sendable {
  case constant(Double, ElementType)
  /// The element at row-major position `at` of the kernel's buffer `buffer`.
  case load(buffer: Int, at: Index, ElementType)
  /// A loop variable, or a sum of them, as an `i32`.
  case index(Index)
  case unary(UnaryFunction, Scalar)
  case binary(BinaryFunction, Scalar, Scalar)
  case compare(Relation, Scalar, Scalar)
  /// The second where the first holds, else the third.
  case select(Scalar, Scalar, Scalar)
  case cast(Scalar, ElementType)
  /// The scalar where all `inside` hold, else `otherwise`; nothing is loaded where they don't.
  case guarded(inside: [Bounds], Scalar, otherwise: Double)
  /// The combination of the scalar over all values of `over`.
  case reduce(Combination, over: [Axis], Scalar)
  /// The first word of Philox4x32-10 under (`seed`, `stream`) at (`element`, `step`), in its 32 bits.
  case random(stream: UInt32, seed: Scalar, step: Scalar, element: Index)
  /// A 32-bit word of `random` as a number in [0, 1), a multiple of 2⁻²⁴.
  case unitInterval(Scalar)
  /// A 32-bit word of `random` as a whole number in 0..<`below`.
  case integer(Scalar, below: Int)
  /// Two bf16 numbers in the halves of an `i32`, the first in the lower one.
  case pair(Scalar, Scalar)
  /// In a contraction's epilogue: the finished sum of products.
  case accumulator
}

/// The condition 0 ≤ `index` < `limit`.
package struct Bounds: Hashable, Sendable {
  package let index: Index
  package let limit: Int

  /// Creates the condition that `index` lies in 0..<`limit`.
  package init(_ index: Index, below limit: Int) {
    self.index = index
    self.limit = limit
  }

  /// Whether the condition holds wherever it is asked.
  package var isCertain: Bool { index.range.lowerBound >= 0 && index.range.upperBound < limit }
}

extension Scalar {
  /// The type of the value.
  package var type: ElementType {
    switch self {
    case .constant(_, let type), .load(_, _, let type), .cast(_, let type): type
    case .index, .random, .integer, .pair: .i32
    case .unary(_, let x): x.type
    case .binary(_, let x, _): x.type
    case .compare: .bool
    case .select(_, let x, _): x.type
    case .guarded(_, let x, _): x.type
    case .reduce(_, _, let x): x.type
    case .unitInterval, .accumulator: .f32
    }
  }

  /// The f32 constant `value`.
  package static func number(_ value: Double) -> Scalar { .constant(value, .f32) }

  package static func + (a: Scalar, b: Scalar) -> Scalar { .binary(.add, a, b) }
  package static func - (a: Scalar, b: Scalar) -> Scalar { .binary(.subtract, a, b) }
  package static func * (a: Scalar, b: Scalar) -> Scalar { .binary(.multiply, a, b) }
  package static func / (a: Scalar, b: Scalar) -> Scalar { .binary(.divide, a, b) }

  /// Calls `index` with the indices that the scalar itself uses, then `part` with its direct parts.
  ///
  /// Passes go over all scalars many times, so this allocates nothing.
  package func forEach(index: (Index) -> Void = { _ in }, part: (Scalar) -> Void = { _ in }) {
    switch self {
    case .constant, .accumulator: break
    case .load(_, let at, _): index(at)
    case .index(let i): index(i)
    case .unary(_, let x), .cast(let x, _), .unitInterval(let x), .integer(let x, _), .reduce(_, _, let x): part(x)
    case .guarded(let bounds, let x, _):
      for bound in bounds { index(bound.index) }
      part(x)
    case .binary(_, let x, let y), .compare(_, let x, let y), .pair(let x, let y):
      part(x)
      part(y)
    case .select(let c, let x, let y):
      part(c)
      part(x)
      part(y)
    case .random(_, let seed, let step, let element):
      index(element)
      part(seed)
      part(step)
    }
  }

  /// The scalar's direct parts.
  package var children: [Scalar] {
    var children: [Scalar] = []
    forEach(part: { children.append($0) })
    return children
  }

  /// The scalar with `part` applied to its direct parts and `index` to its own indices.
  package func rebuilt(part: (Scalar) -> Scalar, index: (Index) -> Index) -> Scalar {
    switch self {
    case .constant, .accumulator: self
    case .load(let buffer, let at, let type): .load(buffer: buffer, at: index(at), type)
    case .index(let i): .index(index(i))
    case .unary(let f, let x): .unary(f, part(x))
    case .binary(let f, let x, let y): .binary(f, part(x), part(y))
    case .compare(let r, let x, let y): .compare(r, part(x), part(y))
    case .select(let c, let x, let y): .select(part(c), part(x), part(y))
    case .cast(let x, let type): .cast(part(x), type)
    case .guarded(let bounds, let x, let otherwise): Scalar.inside(bounds.map { Bounds(index($0.index), below: $0.limit) }, part(x), otherwise)
    case .reduce(let c, let axes, let x): .reduce(c, over: axes, part(x))
    case .random(let stream, let seed, let step, let element): .random(stream: stream, seed: part(seed), step: part(step), element: index(element))
    case .pair(let x, let y): .pair(part(x), part(y))
    case .unitInterval(let x): .unitInterval(part(x))
    case .integer(let x, let bound): .integer(part(x), below: bound)
    }
  }

  /// `scalar` where all of `bounds` hold, else `otherwise`; conditions that always hold are left out.
  package static func inside(_ bounds: [Bounds], _ scalar: Scalar, _ otherwise: Double = 0) -> Scalar {
    let open = bounds.filter { !$0.isCertain }
    return open.isEmpty ? scalar : .guarded(inside: open, scalar, otherwise: otherwise)
  }

  /// The scalar with `replacement(axis)` in place of every axis it returns an index for.
  ///
  /// - Requires: no axis of a reduction is replaced, and the replacements mention none.
  package func substituting(_ replacement: (Axis) -> Index?) -> Scalar {
    rebuilt(part: { $0.substituting(replacement) }, index: { $0.substituting(replacement) })
  }

  /// The scalar with new axes from `supply` for its reductions, so that it can stand beside a copy of itself.
  package func withFreshReductions(_ supply: inout AxisSupply) -> Scalar {
    var supplied = supply
    defer { supply = supplied }
    func refresh(_ scalar: Scalar) -> Scalar {
      guard case .reduce(let combination, let axes, let body) = scalar else {
        return scalar.rebuilt(part: refresh, index: { $0.mapValues(refresh) })
      }
      let fresh = axes.map { supplied($0.extent) }
      let renamed = body.substituting { axis in axes.firstIndex(of: axis).map { Index(fresh[$0]) } }
      return .reduce(combination, over: fresh, refresh(renamed))
    }
    return refresh(self)
  }

  /// The scalar with every load replaced by `transform(buffer, index, type)`.
  package func mapLoads(_ transform: (Int, Index, ElementType) -> Scalar) -> Scalar {
    if case .load(let buffer, let at, let type) = self {
      return transform(buffer, at.mapValues { $0.mapLoads(transform) }, type)
    }
    return rebuilt(part: { $0.mapLoads(transform) }, index: { $0.mapValues { $0.mapLoads(transform) } })
  }

  /// Calls `body` with the scalar and all its parts, those in indices too, outermost first.
  package func visit(_ body: (Scalar) -> Void) {
    body(self)
    forEach(index: { $0.visit(axis: { _ in }, value: { $0.visit(body) }) }, part: { $0.visit(body) })
  }

  /// Whether the value depends on `axis`.
  package func mentions(_ axis: Axis) -> Bool {
    var found = false
    forEach(index: { found = found || $0.mentions(axis) }, part: { found = found || $0.mentions(axis) })
    return found
  }

  /// Whether it loads from `buffer`.
  package func reads(_ buffer: Int) -> Bool {
    var found = false
    visit { if case .load(buffer, _, _) = $0 { found = true } }
    return found
  }

  /// The loads in it, in order of appearance.
  package var loads: [(buffer: Int, at: Index, type: ElementType)] {
    var loads: [(buffer: Int, at: Index, type: ElementType)] = []
    visit { if case .load(let buffer, let at, let type) = $0 { loads.append((buffer, at, type)) } }
    return loads
  }

  /// Whether it combines over axes of its own.
  package var reduces: Bool {
    var found = false
    visit { if case .reduce = $0 { found = true } }
    return found
  }

  /// How many operations make one element, each reduction multiplied by its extent.
  package var cost: Int {
    switch self {
    case .constant, .accumulator: 0
    case .reduce(_, let axes, let body): axes.reduce(1) { $0 * $1.extent } * (body.cost + 1)
    case .unary(.exponential, let x), .unary(.logarithm, let x), .unary(.tanh, let x): x.cost + 15
    case .random: 60
    default: children.reduce(1) { $0 + $1.cost }
    }
  }
}
