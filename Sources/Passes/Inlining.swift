import Codegen
import Loops
import Tensors

extension KernelPass {
  /// Makes element-wise kernels part of those that read their results.
  ///
  /// A producer is taken in where all its readers can compute its elements themselves, and where that doesn't repeat dear work: one reader takes anything that it
  /// reads once an element; several readers take what costs less than the memory traffic it saves.
  /// - Ensures: a kernel is left out only when no reader needs its result in memory.
  package static func inlining(intoManyReaders: Bool) -> KernelPass {
    KernelPass(intoManyReaders ? "inlining-everywhere" : "inlining") { graph, _ in
      var readers = graph.readers().mapValues(Set.init)
      let kept = graph.kept
      // Readers come after producers, so going backwards sees each reader in its final form.
      for i in graph.invocations.indices.reversed() { graph.inline(i, &readers, kept: kept, intoManyReaders: intoManyReaders) }
      graph.removeDead()
    }
  }
}

extension KernelGraph {
  /// Operations that several readers may each repeat an element.
  private static let cheap = 8
  /// Loads that several readers may each repeat an element.
  private static let fewLoads = 2
  /// The longest reduction that a reader may take in.
  private static let shortReduction = 64

  /// Makes producer `i` part of its readers, if the rule allows it, and keeps `readers` right.
  fileprivate mutating func inline(_ i: Int, _ readersOf: inout [Int: Set<Int>], kept: Set<Int>, intoManyReaders: Bool) {
    guard case .loops(let producer) = invocations[i].body, producer.stores.count == 1 else { return }
    let store = producer.stores[0]
    guard !kept.contains(store.buffer), store.at == Index.position(of: producer.axes.map(Index.init), in: producer.axes.map(\.extent)) else { return }
    let readers = (readersOf[store.buffer] ?? []).sorted()
    guard !readers.isEmpty, readers.allSatisfy({ canTake(store, $0) }) else { return }
    // What a stream makes chunk by chunk is only there in the stream.
    if let stream = invocations[i].stream, readers.contains(where: { invocations[$0].stream != stream }) { return }
    let useCount = readers.reduce(0) { $0 + uses(of: store.buffer, in: invocations[$1].body) }
    let elements = storages[store.buffer].type.count
    let isTrivial = store.value.cost <= 2 && store.value.loads.count <= 1 && !store.value.reduces
    if !isTrivial {
      let repeated = readers.contains { evaluations(of: store.buffer, isReduced: store.value.reduces, in: invocations[$0].body) > elements }
      guard !repeated else { return }
      if useCount > 1 {
        guard intoManyReaders, store.value.cost <= KernelGraph.cheap, !store.value.reduces else { return }
        guard Set(store.value.loads.filter { storages[$0.buffer].type.count * 4 > elements }.map(\.buffer)).count <= KernelGraph.fewLoads else {
          return
        }
      }
    }
    var supply = axes
    let merged = readers.map { merge(producer, into: invocations[$0].body, &supply) }
    // Loops that make many elements of what they read can't exchange lanes in registers.
    guard !zip(readers, merged).contains(where: { scatters($1, of: invocations[$0].body) }) else { return }
    axes = supply
    for (reader, body) in zip(readers, merged) {
      invocations[reader].body = body
      invocations[reader].label += " " + invocations[i].label
      for load in store.loads { readersOf[load.buffer, default: []].insert(reader) }
    }
    readersOf[store.buffer] = nil
    for load in store.loads { readersOf[load.buffer]?.remove(i) }
  }

  /// The kernel `reader` with `producer`'s element in the place of every load of it.
  private func merge(_ producer: LoopNest, into reader: Kernel.Body, _ supply: inout AxisSupply) -> Kernel.Body {
    let (store, shape) = (producer.stores[0], producer.axes.map(\.extent))
    var fresh = supply
    defer { supply = fresh }
    let body = reader.mapValues { value in
      value.mapLoads { buffer, at, type in
        guard buffer == store.buffer else { return .load(buffer: buffer, at: at, type) }
        let coordinates = Index.coordinates(of: at, in: shape)
        return store.value.withFreshReductions(&fresh).substituting { axis in producer.axes.firstIndex(of: axis).map { coordinates[$0] } }
      }
    }
    guard case .loops(var nest) = body else { return body }
    nest.normalizeAxes(&fresh)
    return .loops(nest)
  }

  /// Whether `merged`, of more than one store, reads far apart what neighbours need, as `reader` didn't.
  private func scatters(_ merged: Kernel.Body, of reader: Kernel.Body) -> Bool {
    guard case .loops(let before) = reader, case .loops(let after) = merged, before.stores.count > 1, let last = after.axes.last else { return false }
    return after.isScattered(along: last) && !(before.axes.last.map { before.isScattered(along: $0) } ?? false)
  }

  /// Whether reader `r` can compute the elements of `store` itself.
  private func canTake(_ store: Store, _ r: Int) -> Bool {
    let reader = invocations[r].body
    guard !reader.factors.contains(store.buffer) else { return false }
    if case .library = reader { return false }
    // What reads an index from memory can't be an index.
    var isIndex = false
    for own in reader.stores {
      own.at.visit(axis: { _ in }, value: { if !$0.loads.isEmpty { isIndex = true } })
      own.value.visit { $0.forEach(index: { $0.visit(axis: { _ in }, value: { if $0.reads(store.buffer) { isIndex = true } }) }) }
    }
    if isIndex { return false }
    guard store.value.reduces else { return true }
    // A short window may be summed in place; sums in sums are another matter.
    var length = 0
    store.value.visit { if case .reduce(_, let axes, _) = $0 { length = max(length, axes.reduce(1) { $0 * $1.extent }) } }
    return length <= KernelGraph.shortReduction && !reader.stores.contains { $0.value.reduces } && uses(of: store.buffer, in: reader) == 1
  }

  /// How many loads of `buffer` there are.
  private func uses(of buffer: Int, in body: Kernel.Body) -> Int {
    var positions: Set<Index> = []
    for store in body.stores { store.visit { if case .load(buffer, let at, _) = $0 { positions.insert(at) } } }
    return positions.count
  }

  /// How often one load of `buffer` is made, at most.
  ///
  /// A reduction that a condition leaves out still takes its place among the lanes: padding a pooled map would pool the padding too.
  private func evaluations(of buffer: Int, isReduced: Bool, in body: Kernel.Body) -> Int {
    let space: Int
    switch body {
    case .loops(let nest): space = nest.axes.reduce(1) { $0 * $1.extent }
    case .contraction(let c): space = (c.outer + [c.row, c.column]).reduce(1) { $0 * $1.extent }
    case .library: return 0
    }
    func most(_ scalar: Scalar) -> Double {
      var count = 0.0
      scalar.forEach(part: { count = max(count, most($0)) })
      switch scalar {
      case .load(buffer, _, _): return max(count, 1)
      case .reduce(_, let axes, _): return count * Double(axes.reduce(1) { $0 * $1.extent })
      // A block that reaches over the end loads nothing there.
      case .guarded(let bounds, _, _) where !isReduced: return bounds.reduce(count) { $0 * $1.share }
      default: return count
      }
    }
    return Int((Double(space) * (body.stores.map { most($0.value) }.max() ?? 0)).rounded())
  }
}

extension Bounds {
  /// The share of the index's values that are inside, where it takes each of them as often as any other from 0 on; else 1.
  fileprivate var share: Double {
    let range = index.range
    return range.lowerBound == 0 && range.upperBound >= limit ? Double(limit) / Double(range.upperBound + 1) : 1
  }
}
