import Loops
import Support
import Tensors

extension KernelPass {
  /// Pads the parts of a tensor that a kernel goes through side by side, where so many begin at one place of a page that a cache's set can't hold their lines.
  ///
  /// Only tensors that kernels alone see are padded, and only where every position lies in one part.
  package static let padding = KernelPass("padding") { graph, _ in
    let kept = graph.kept
    var seen: Set<Int> = []
    for parts in concurrentMap(graph.invocations, { [graph] in graph.crowdedParts(of: $0) }) {
      for (storage, part) in parts where seen.insert(storage).inserted {
        if graph.storages[storage].origin == .intermediate && !kept.contains(storage) { graph.pad(storage, every: part) }
      }
    }
  }
}

/// The cache that lines meet in: a set is chosen by the place in a page.
private enum Sets {
  static let lineBytes = 64
  static let pageBytes = 4096
  /// The lines of a set, at least.
  static let ways = 8
}

/// Positions in a tensor, those together that differ by a constant.
private struct Positions {
  private(set) var families: [(terms: [Index.Term], constants: Set<Int>)] = []

  mutating func insert(_ position: Index) {
    // There are thousands in a kernel of windows, and few families: comparing is quicker than hashing.
    if let family = families.firstIndex(where: { $0.terms == position.terms }) {
      families[family].constants.insert(position.constant)
    } else {
      families.append((position.terms, [position.constant]))
    }
  }
}

extension KernelGraph {
  /// The storages in which an iteration of `invocation`, if it is loops, touches as many lines of one set as that holds, and the elements of the parts that these lie in.
  fileprivate func crowdedParts(of invocation: Invocation) -> [(storage: Int, part: Int)] {
    guard case .loops(let nest) = invocation.body else { return [] }
    var positions: [Int: Positions] = [:]
    for store in nest.stores {
      positions[store.buffer, default: Positions()].insert(store.at)
      for load in store.loads { positions[load.buffer, default: Positions()].insert(load.at) }
    }
    return positions.sorted { $0.key < $1.key }.compactMap { storage, positions in
      let size = storages[storage].type.element.size
      for constants in positions.families.map({ $0.constants.sorted() }) where constants.count >= Sets.ways {
        let part = zip(constants, constants.dropFirst()).reduce(0) { Int.greatestCommonDivisor($0, $1.1 - $1.0) }
        let sets = Dictionary(grouping: constants) { $0 * size % Sets.pageBytes / Sets.lineBytes }
        if sets.values.contains(where: { $0.count >= Sets.ways }) { return (storage, part) }
      }
      return nil
    }
  }

  /// Adds a line to every `part` elements of `storage`, where each position of each kernel lies in one part, and parts are so long that a line adds little.
  fileprivate mutating func pad(_ storage: Int, every part: Int) {
    let (type, line) = (storages[storage].type, Sets.lineBytes / storages[storage].type.element.size)
    guard part >= Padding.leastLines * line, type.count % part == 0, (storages[storage].window ?? 0) % part == 0 else { return }
    let padding = Padding(storage: storage, part: part, line: line)
    var padded: [(Int, Kernel.Body)] = []
    for (i, invocation) in invocations.enumerated() where invocation.read.contains(storage) || invocation.body.written.contains(storage) {
      guard let body = padding.applied(to: invocation.body) else { return }
      padded.append((i, body))
    }
    guard let longer = try? TensorType(type.element, [type.count / part, part + line]) else { return }
    for (i, body) in padded { invocations[i].body = body }
    storages[storage].type = longer
    storages[storage].window = storages[storage].window.map(padding.length)
  }
}

/// A line more after every part of a storage.
private struct Padding {
  let storage: Int
  let part: Int
  let line: Int

  /// Lines of a part, at least.
  static let leastLines = 16

  /// `count` elements with the lines between them.
  func length(_ count: Int) -> Int { count / part * (part + line) }

  /// The kernel with all its positions moved, or `nil` where one may lie in several parts.
  func applied(to body: Kernel.Body) -> Kernel.Body? {
    var isWhole = true
    func moved(_ at: Index) -> Index {
      let number = at.divided(by: part)
      // A division that doesn't come out even would cost more than the padding gains.
      if !number.terms.allSatisfy({ term in at.terms.contains { $0.atom == term.atom } }) { isWhole = false }
      return at + number * line
    }
    var result = body.mapValues { value in value.mapLoads { .load(buffer: $0, at: $0 == storage ? moved($1) : $1, $2) } }
    result.stores = result.stores.map { Store(buffer: $0.buffer, at: $0.buffer == storage ? moved($0.at) : $0.at, value: $0.value) }
    switch result {
    case .loops: break
    case .library(let product): isWhole = isWhole && ![product.left, product.right, product.output].contains(storage)
    case .contraction(var contraction):
      if contraction.stores[0].buffer == storage { contraction.output = moved(contraction.output) }
      if contraction.left.buffer == storage { contraction.left.at = moved(contraction.left.at) }
      if contraction.right.buffer == storage {
        contraction.right.at = moved(contraction.right.at)
        if let stride = contraction.schedule?.packedBlockStride {
          isWhole = isWhole && stride % part == 0
          contraction.schedule?.packedBlockStride = length(stride)
        }
      }
      result = .contraction(contraction)
    }
    return isWhole ? result : nil
  }
}
