import Loops
import Tensors

extension KernelPass {
  /// Merges loop kernels that have the same axes and read a large tensor in common, so that it comes from memory once.
  ///
  /// Two kernels are merged when nothing between them needs the first one's result or makes the second one's operands.
  package static let siblings = KernelPass("siblings") { graph, _ in
    var i = 0
    while i < graph.invocations.count {
      if !graph.mergeSibling(into: i) { i += 1 }
    }
  }
}

extension KernelGraph {
  /// Elements from which on a tensor is worth reading only once.
  private static let large = 1 << 14
  /// Stores that one kernel may make.
  private static let mostStores = 6

  fileprivate mutating func mergeSibling(into i: Int) -> Bool {
    guard case .loops(let first) = invocations[i].body, first.stores.count < KernelGraph.mostStores else { return false }
    let shared = Set(invocations[i].body.read.filter { storages[$0].type.count >= KernelGraph.large })
    guard !shared.isEmpty else { return false }
    // What is written from here on can't be read by a kernel that is moved here.
    var written = Set(invocations[i].body.written)
    for j in invocations.indices where j > i {
      let made = invocations[j].body.written
      defer { written.formUnion(made) }
      guard invocations[j].stream == invocations[i].stream, case .loops(let second) = invocations[j].body,
        second.axes.map(\.extent) == first.axes.map(\.extent)
      else { continue }
      guard first.stores.count + second.stores.count <= KernelGraph.mostStores, !shared.isDisjoint(with: invocations[j].body.read) else { continue }
      guard written.isDisjoint(with: invocations[j].body.read) else { continue }
      guard reductionShape(first) == reductionShape(second) else { continue }
      let renamed = second.stores.map { store in
        let replace = { (axis: Axis) in second.axes.firstIndex(of: axis).map { Index(first.axes[$0]) } }
        return Store(buffer: store.buffer, at: store.at.substituting(replace), value: store.value.substituting(replace))
      }
      invocations[i].body = .loops(LoopNest(axes: first.axes, stores: unifyReductions(first.stores + renamed)))
      invocations[i].label += " " + invocations[j].label
      invocations.remove(at: j)
      return true
    }
    return false
  }

  /// The extents of the reductions, which must agree for kernels to be one.
  private func reductionShape(_ nest: LoopNest) -> [[Int]] {
    var shape: [[Int]] = []
    nest.stores.forEach { $0.value.visit { if case .reduce(_, let axes, _) = $0 { shape.append(axes.map(\.extent)) } } }
    return Array(Set(shape.map { $0 })).sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Gives reductions of the same extents the same axes, so that equal loads in them are one load.
  private func unifyReductions(_ stores: [Store]) -> [Store] {
    var known: [[Int]: [Axis]] = [:]
    func unify(_ scalar: Scalar) -> Scalar {
      guard case .reduce(let combination, let axes, let body) = scalar, !body.reduces else { return scalar.rebuilt(part: unify, index: { $0 }) }
      let extents = axes.map(\.extent)
      let common = known[extents] ?? axes
      known[extents] = common
      return .reduce(combination, over: common, body.substituting { axis in axes.firstIndex(of: axis).map { Index(common[$0]) } })
    }
    return stores.map { Store(buffer: $0.buffer, at: $0.at, value: unify($0.value)) }
  }
}
