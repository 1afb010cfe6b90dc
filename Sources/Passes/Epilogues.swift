import Loops
import Tensors

extension KernelPass {
  /// Lets contractions compute what is done to each of their elements next, while the element is in a register.
  ///
  /// The rule: a contraction takes its only reader in when that is element-wise in the contraction's result, whatever else it reads (bias, residual, pooled shortcut,
  /// a rectifier's mask), as long as all of it lies along the tile's vectors.
  /// - Ensures: the result of such a contraction is never in memory.
  package static let epilogues = KernelPass("epilogues") { graph, _ in
    var readers = graph.readers().mapValues(Set.init)
    let kept = graph.kept
    var i = 0
    while i < graph.invocations.count {
      if !graph.takeReader(ofContraction: i, &readers, kept: kept) { i += 1 }
    }
    // What was taken in is left with no store.
    graph.invocations.removeAll { $0.body == .nothing }
  }
}

extension Kernel.Body {
  /// A kernel that was merged into another: it reads and writes nothing.
  static let nothing = Kernel.Body.loops(LoopNest(axes: [], stores: []))
}

extension KernelGraph {
  /// Merges contraction `i` into its only reader's place, if the rule holds, and keeps `readersOf` right.
  fileprivate mutating func takeReader(ofContraction i: Int, _ readersOf: inout [Int: Set<Int>], kept: Set<Int>) -> Bool {
    guard case .contraction(let contraction) = invocations[i].body, contraction.stores.count == 1 else { return false }
    let result = contraction.stores[0].buffer
    guard !kept.contains(result), contraction.stores[0].at == contraction.output else { return false }
    guard let readers = readersOf[result], readers.count == 1, let reader = readers.first, reader > i,
      case .loops(let nest) = invocations[reader].body
    else { return false }
    guard staysInStream(i, reader) else { return false }
    // Every iteration of the reader takes the element of its own position, once.
    let shape = nest.axes.map(\.extent)
    let position = Index.position(of: nest.axes.map(Index.init), in: shape)
    guard shape.reduce(1, *) == storages[result].type.count else { return false }
    guard nest.stores.allSatisfy({ $0.at == position && isElementwise($0.value, in: result, at: position) }) else { return false }
    let coordinates = Index.coordinates(of: contraction.output, in: shape)
    let sum = contraction.stores[0].value
    let stores = nest.stores.map { store in
      let value = store.value.substituting { axis in nest.axes.firstIndex(of: axis).map { coordinates[$0] } }
      return Store(buffer: store.buffer, at: contraction.output, value: value.mapLoads { $0 == result ? sum : .load(buffer: $0, at: $1, $2) })
    }
    guard stores.allSatisfy({ isAlongVectors($0.value, contraction.column) }) else { return false }
    var merged = contraction
    merged.stores = stores
    let label = invocations[reader].label + " " + invocations[i].label
    let (place, other) = invocations[reader].stream == invocations[i].stream ? (reader, i) : (i, reader)
    let line = invocations[i].position ?? invocations[reader].position
    for storage in invocations[other].read { readersOf[storage]?.remove(other) }
    invocations[place].body = .contraction(merged)
    for storage in invocations[place].read { readersOf[storage, default: []].insert(place) }
    readersOf[result] = nil
    invocations[place].label = label
    invocations[place].position = line
    invocations[other].body = .nothing
    return true
  }

  /// Whether contraction `i` and `reader` are of one stream, or the contraction's stream can take the reader in.
  ///
  /// It can when nothing else that the reader reads has to be waited for, and the sums that may have to wait in the result are its only one.
  private func staysInStream(_ i: Int, _ reader: Int) -> Bool {
    guard invocations[i].stream != invocations[reader].stream else { return true }
    guard let stream = invocations[i].stream, invocations[reader].stream == nil, invocations[reader].body.stores.count == 1,
      let first = invocations.firstIndex(where: { $0.stream == stream })
    else { return false }
    let read = Set(invocations[reader].read).subtracting(invocations[i].body.written)
    return !invocations[first...].contains { !read.isDisjoint(with: $0.body.written) }
  }

  /// Whether `buffer` is only read at `position`, outside any reduction.
  private func isElementwise(_ scalar: Scalar, in buffer: Int, at position: Index) -> Bool {
    if case .load(buffer, let at, _) = scalar { return at == position }
    if case .reduce(_, _, let body) = scalar { return !body.loads.contains { $0.buffer == buffer } }
    if case .guarded(_, let body, _) = scalar, body.loads.contains(where: { $0.buffer == buffer }) { return false }
    return scalar.children.allSatisfy { isElementwise($0, in: buffer, at: position) }
  }

  /// Whether all loads are one number or neighbours along `column`.
  private func isAlongVectors(_ scalar: Scalar, _ column: Axis) -> Bool {
    scalar.loads.allSatisfy { $0.at.steps(along: column) }
  }
}

extension Index {
  /// Whether it is one number or neighbours along `column`.
  func steps(along column: Axis) -> Bool { coefficient(of: column).map { $0 == 0 || $0 == 1 } ?? false }
}
