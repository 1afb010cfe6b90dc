extension LoopNest {
  /// Gives the nest the fewest axes along which every index is a sum of steps.
  ///
  /// - Ensures: the same elements in the same places. Axes that indices divide are cut where they divide; neighbours that pass as one are merged.
  package mutating func normalizeAxes(_ supply: inout AxisSupply) {
    cutAxes(&supply)
    collapseAxes(&supply)
    stores = stores.map { Store(buffer: $0.buffer, at: $0.at, value: $0.value.simplifyingConditions()) }
  }

  /// Cuts axes where the numbers that indices divide them by allow it, so that neighbouring iterations are neighbours in every buffer again.
  private mutating func cutAxes(_ supply: inout AxisSupply) {
    while let (axis, divisor) = cut() {
      let (outer, inner) = (supply(axis.extent / divisor), supply(divisor))
      guard let i = axes.firstIndex(of: axis) else { return }
      axes.replaceSubrange(i...i, with: [outer, inner])
      substitute { $0 == axis ? Index(outer) * divisor + Index(inner) : nil }
    }
  }

  /// An axis of the nest that some index divides, and where that divides it; the smallest divisor first.
  private func cut() -> (Axis, Int)? {
    var cuts: [(Axis, Int)] = []
    _ = allIndices { index in
      cuts += index.cuts.filter { axes.contains($0.0) }
      return true
    }
    return cuts.min { ($0.1, $0.0.id) < ($1.1, $1.0.id) }
  }

  /// Merges neighbouring axes that every index passes through as if they were one.
  ///
  /// - Ensures: the same elements in the same places; an element-wise kernel over whole tensors is left with one axis.
  package mutating func collapseAxes(_ supply: inout AxisSupply) {
    axes.removeAll { $0.extent == 1 }
    var i = axes.count - 2
    while i >= 0 {
      let (outer, inner) = (axes[i], axes[i + 1])
      if allIndices({ $0.passesThrough(outer, inner) }) {
        let merged = supply(outer.extent * inner.extent)
        substitute { $0 == outer ? Index(0) : $0 == inner ? Index(merged) : nil }
        axes.replaceSubrange(i...i + 1, with: [merged])
      }
      i -= 1
    }
    stores = stores.map { Store(buffer: $0.buffer, at: $0.at, value: $0.value.collapsingReductions(&supply)) }
  }

  /// Whether `condition` holds for every index in the kernel.
  private func allIndices(_ condition: (Index) -> Bool) -> Bool {
    // Stores differ more often than what they read, and are fewer.
    var holds = stores.allSatisfy { condition($0.at) }
    for store in stores where holds {
      store.visit { $0.forEach(index: { holds = holds && condition($0) }) }
    }
    return holds
  }

  private mutating func substitute(_ replacement: (Axis) -> Index?) {
    stores = stores.map { Store(buffer: $0.buffer, at: $0.at.substituting(replacement), value: $0.value.substituting(replacement)) }
  }
}

extension Index {
  /// The axes that are divided in the index, alone, and the largest number that divides both their extent and the divisor.
  var cuts: [(Axis, Int)] {
    terms.flatMap { term -> [(Axis, Int)] in
      guard case .quotient(let inner, let divisor) = term.atom else {
        guard case .remainder(let inner, let divisor) = term.atom else { return [] }
        return inner.cuts(by: divisor)
      }
      return inner.cuts(by: divisor)
    }
  }

  private func cuts(by divisor: Int) -> [(Axis, Int)] {
    guard constant == 0, terms.count == 1, terms[0].factor == 1, case .axis(let axis) = terms[0].atom else { return cuts }
    let even = Int.greatestCommonDivisor(axis.extent, divisor)
    return even > 1 && even < axis.extent ? [(axis, even)] : []
  }

  /// Whether `outer` and `inner` only appear as the one number `outer · extent of inner + inner`.
  func passesThrough(_ outer: Axis, _ inner: Axis) -> Bool {
    guard let a = coefficient(of: outer), let b = coefficient(of: inner) else { return false }
    return a == b * inner.extent
  }
}

extension Scalar {
  /// The scalar with the indices under each condition as simple as the condition makes them.
  func simplifyingConditions(under bounds: [Bounds] = []) -> Scalar {
    if case .guarded(let inside, let body, let otherwise) = self {
      return .inside(inside, body.simplifyingConditions(under: bounds + inside), otherwise)
    }
    return rebuilt(part: { $0.simplifyingConditions(under: bounds) }, index: { bounds.isEmpty ? $0 : $0.simplified(where: bounds) })
  }

  /// Merges neighbouring axes of reductions in the same way.
  func collapsingReductions(_ supply: inout AxisSupply) -> Scalar {
    var supplied = supply
    defer { supply = supplied }
    func collapse(_ scalar: Scalar) -> Scalar {
      guard case .reduce(let combination, var axes, var body) = scalar else {
        return scalar.rebuilt(part: collapse, index: { $0.mapValues(collapse) })
      }
      axes.removeAll { $0.extent == 1 }
      var i = axes.count - 2
      while i >= 0 {
        let (outer, inner) = (axes[i], axes[i + 1])
        var passes = true
        body.visit { $0.forEach(index: { passes = passes && $0.passesThrough(outer, inner) }) }
        if passes {
          let merged = supplied(outer.extent * inner.extent)
          body = body.substituting { $0 == outer ? Index(0) : $0 == inner ? Index(merged) : nil }
          axes.replaceSubrange(i...i + 1, with: [merged])
        }
        i -= 1
      }
      return axes.isEmpty ? collapse(body) : .reduce(combination, over: axes, collapse(body))
    }
    return collapse(self)
  }
}
