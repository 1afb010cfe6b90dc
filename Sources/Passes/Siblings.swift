import Loops
import Tensors

extension KernelPass {
  /// Merges loop kernels that have the same axes and read a large tensor in common, so that it comes from memory once.
  ///
  /// Two kernels are merged when nothing between them needs the first one's result or makes the second one's operands.
  package static let siblings = KernelPass("siblings") { graph, _ in
    // What each invocation reads and writes is asked for again and again.
    var touched = graph.invocations.map { KernelGraph.Touched($0) }
    var i = 0
    while i < graph.invocations.count {
      if !graph.mergeSibling(into: i, &touched) { i += 1 }
    }
  }
}

extension KernelGraph {
  /// Elements from which on a tensor is worth reading only once.
  private static let large = 1 << 14
  /// Stores that one kernel may make.
  private static let mostStores = 6

  /// What an invocation reads and writes, and how far its loops run; `nil` for what is no loop nest.
  fileprivate struct Touched {
    let read: Set<Int>
    let written: [Int]
    let extents: [Int]?

    init(_ invocation: Invocation) {
      (read, written) = (Set(invocation.read), invocation.body.written)
      if case .loops(let nest) = invocation.body { extents = nest.axes.map(\.extent) } else { extents = nil }
    }
  }

  /// Merges the first sibling of invocation `i` into it, if there is one, and keeps `touched` right.
  fileprivate mutating func mergeSibling(into i: Int, _ touched: inout [Touched]) -> Bool {
    guard case .loops(let first) = invocations[i].body, first.stores.count < KernelGraph.mostStores else { return false }
    let shared = touched[i].read.filter { storages[$0].type.count >= KernelGraph.large }
    guard !shared.isEmpty else { return false }
    for j in invocations.indices.dropFirst(i + 1) {
      guard touched[j].extents == touched[i].extents, !shared.isDisjoint(with: touched[j].read), invocations[j].stream == invocations[i].stream,
        case .loops(let second) = invocations[j].body
      else { continue }
      guard first.stores.count + second.stores.count <= KernelGraph.mostStores else { continue }
      // What is written from here on can't be read by a kernel that is moved here.
      guard !touched[i..<j].contains(where: { $0.written.contains(where: touched[j].read.contains) }) else { continue }
      guard reductionShape(first) == reductionShape(second) else { continue }
      let renamed = second.stores.map { store in
        let replace = { (axis: Axis) in second.axes.firstIndex(of: axis).map { Index(first.axes[$0]) } }
        return Store(buffer: store.buffer, at: store.at.substituting(replace), value: store.value.substituting(replace))
      }
      invocations[i].body = .loops(LoopNest(axes: first.axes, stores: unifyReductions(first.stores + renamed)))
      invocations[i].label += " " + invocations[j].label
      invocations.remove(at: j)
      touched.remove(at: j)
      touched[i] = Touched(invocations[i])
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
