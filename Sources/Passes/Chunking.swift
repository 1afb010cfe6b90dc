import Loops
import Tensors

extension KernelPass {
  /// Cuts each stream into chunks of rows, now that it is known which kernels there are.
  ///
  /// - Ensures: a table that only its stream uses has a chunk's memory. A stream whose kernels no longer follow each other's rows is none any more.
  package static let chunking = KernelPass("chunking") { graph, _ in
    for number in Set(graph.invocations.compactMap(\.stream)).sorted() where !graph.cut(stream: number) {
      graph.streams[number] = nil
      for i in graph.invocations.indices where graph.invocations[i].stream == number { graph.invocations[i].stream = nil }
    }
  }
}

extension KernelGraph {
  /// How a kernel of a stream is cut into chunks of the stream's rows.
  package enum Chunking: Hashable, Sendable {
    /// The outermost iterations, or the tile's rows, take so many of the stream's rows each.
    case rows(Int)
    /// The outermost axis of a contraction's tiles is the stream's rows.
    case groups
    /// The rows are summed over.
    case sums
  }

  /// Kernels that run one after another on a chunk of rows, then on the next.
  package struct Stream: Hashable, Sendable {
    /// The rows, and what a chunk's are a multiple of.
    package let rows: Int
    package let grain: Int
    /// The rows of a chunk, the last one's aside.
    package var rowsAtOnce: Int

    init(rows: Int, grain: Int) { (self.rows, self.grain, rowsAtOnce) = (rows, grain, grain) }

    package var chunks: Int { (rows - 1) / rowsAtOnce + 1 }
  }

  /// Cuts stream `number` into chunks; returns whether there is more than one, and all its kernels can be cut.
  fileprivate mutating func cut(stream number: Int) -> Bool {
    let members = invocations.indices.filter { invocations[$0].stream == number }
    guard var stream = streams[number], let first = members.first, members == Array(first..<first + members.count), members.count > 1 else {
      return false
    }
    var rule = ChunkRule(stream)
    var supply = axes
    var cut: [Invocation] = []
    for i in members {
      guard let (body, chunking) = rule.take(invocations[i].body, storages: storages, &supply) else { return false }
      cut.append(invocations[i])
      cut[cut.count - 1].body = body
      cut[cut.count - 1].chunking = chunking
    }
    let readers = readers()
    let kept = kept
    var windows: [Int: Int] = [:]
    for case let (storage, table?) in rule.made where table.rows == 1 && !kept.contains(storage) {
      if (readers[storage] ?? []).allSatisfy({ invocations[$0].stream == number }) { windows[storage] = table.elements }
    }
    let widest = windows.map { $0.value * storages[$0.key].type.element.size }.max() ?? 0
    guard widest > 0 else { return false }
    stream.rowsAtOnce = Chunks.rows(rowBytes: widest, grain: stream.grain)
    guard stream.chunks > 1 else { return false }
    axes = supply
    for (i, invocation) in zip(members, cut) { invocations[i] = invocation }
    for (storage, elements) in windows { storages[storage].window = elements * stream.rowsAtOnce }
    streams[number] = stream
    return true
  }
}
