extension LoopNest {
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
    var holds = true
    for store in stores {
      holds = holds && condition(store.at)
      store.at.visit(axis: { _ in }, value: { $0.visit { holds = holds && $0.indices.allSatisfy(condition) } })
      store.value.visit { holds = holds && $0.indices.allSatisfy(condition) }
    }
    return holds
  }

  private mutating func substitute(_ replacement: (Axis) -> Index?) {
    stores = stores.map { Store(buffer: $0.buffer, at: $0.at.substituting(replacement), value: $0.value.substituting(replacement)) }
  }
}

extension Index {
  /// Whether `outer` and `inner` only appear as the one number `outer · extent of inner + inner`.
  func passesThrough(_ outer: Axis, _ inner: Axis) -> Bool {
    guard let a = coefficient(of: outer), let b = coefficient(of: inner) else { return false }
    return a == b * inner.extent
  }
}

extension Scalar {
  /// Merges neighbouring axes of reductions in the same way.
  func collapsingReductions(_ supply: inout AxisSupply) -> Scalar {
    var supplied = supply
    defer { supply = supplied }
    func collapse(_ scalar: Scalar) -> Scalar {
      guard case .reduce(let combination, var axes, var body) = scalar else { return scalar.rebuilt(part: collapse, index: { $0.mapValues(collapse) }) }
      axes.removeAll { $0.extent == 1 }
      var i = axes.count - 2
      while i >= 0 {
        let (outer, inner) = (axes[i], axes[i + 1])
        var passes = true
        body.visit { passes = passes && $0.indices.allSatisfy { $0.passesThrough(outer, inner) } }
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
