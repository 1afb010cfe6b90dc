import Graph
import Loops
import Support
import Tensors

/// Identifies a tensor that kernels read or write.
package struct StorageID: TypedID {
  package let index: Int
  package init(index: Int) { self.index = index }
}

/// The step as kernels over tensors in memory: the graph after lowering.
///
/// Within it, a kernel's buffers are numbered by `StorageID`, so that kernels can be merged without renumbering; `localized` gives a kernel its own numbers.
package struct KernelGraph: Sendable {
  /// A tensor in memory; kernels write it once.
  package struct Storage: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
      case input(String)
      case state(String)
      case intermediate
    }
    package var type: TensorType
    package var origin: Origin
    /// The elements that are in memory at once, where a stream makes and uses the tensor chunk by chunk; `nil` for all.
    package var window: Int?

    /// The bytes in memory.
    package var byteCount: Int { window.map { $0 * type.element.size } ?? type.byteCount }
  }

  /// A kernel in the step.
  package struct Invocation: Hashable, Sendable {
    package var body: Kernel.Body { didSet { read = body.read } }
    /// The storages that the kernel reads, each once: every pass asks for them, and kernels of windows have thousands of loads.
    package private(set) var read: [Int]
    /// The operations it computes, last first.
    package var label: String
    /// The model's line of the last of them.
    package var position: SourcePosition?
    /// The stream it is part of, if it is.
    ///
    /// Invocations of one stream stand one after another, and are run in this order on each chunk of rows.
    package var stream: Int?
    /// How the stream's chunks cut it.
    package var chunking: Chunking?

    package init(body: Kernel.Body, label: String, position: SourcePosition?) {
      self.body = body
      read = body.read
      self.label = label
      self.position = position
    }
  }

  package var storages: [Storage] = []
  /// The kernels, each after those whose results it reads.
  package var invocations: [Invocation] = []
  /// What the step returns, and the shape it has there: a change of shape makes no new storage.
  package var outputs: [(name: String, storage: StorageID, type: TensorType)] = []
  /// What becomes the state's value at the end of the step.
  package var assignments: [(state: String, storage: StorageID)] = []
  /// New axes for kernels that are made of others.
  package var axes = AxisSupply()
  /// How each stream is cut, by number.
  package var streams: [Int: Stream] = [:]

  package init() {}

  package mutating func makeStorage(_ type: TensorType, _ origin: Storage.Origin = .intermediate) -> StorageID {
    storages.append(Storage(type: type, origin: origin))
    return StorageID(index: storages.count - 1)
  }

  /// A storage for what `storage` holds, made once more.
  package mutating func makeStorage(like storage: Int) -> StorageID {
    storages.append(Storage(type: storages[storage].type, origin: .intermediate, window: storages[storage].window))
    return StorageID(index: storages.count - 1)
  }

  /// The number of another stream that is cut as `stream` is.
  package mutating func repeatStream(_ stream: Int) -> Int {
    let number = (streams.keys.max() ?? 0) + 1
    streams[number] = streams[stream]
    return number
  }

  package subscript(id: StorageID) -> Storage { storages[id.index] }

  /// Storages that must exist when the step ends.
  package var kept: Set<Int> { Set(outputs.map(\.storage.index) + assignments.map(\.storage.index)) }

  /// The invocations that read each storage, by number.
  package func readers() -> [Int: [Int]] {
    var readers: [Int: [Int]] = [:]
    for (i, invocation) in invocations.enumerated() {
      for storage in invocation.read { readers[storage, default: []].append(i) }
    }
    return readers
  }

  /// The invocation that writes each storage, by number.
  package var makers: [Int: Int] {
    var makers: [Int: Int] = [:]
    for (i, invocation) in invocations.enumerated() {
      for storage in invocation.body.written { makers[storage] = i }
    }
    return makers
  }

  /// Removes invocations that write nothing anybody reads.
  package mutating func removeDead() {
    var isLive = kept
    var live: [Invocation] = []
    for invocation in invocations.reversed() where invocation.body.written.contains(where: isLive.contains) {
      isLive.formUnion(invocation.read)
      live.append(invocation)
    }
    invocations = live.reversed()
  }

  /// The kernel of `invocation` with buffers of its own, and the storages they are.
  package func localized(_ invocation: Invocation) -> (kernel: Kernel, storages: [StorageID]) {
    let numbers = invocation.storages
    let local = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, $0) })
    let body = invocation.body.renumbered { local[$0] ?? $0 }.canonical()
    return (Kernel(buffers: numbers.map { storages[$0].type }, body: body), numbers.map(StorageID.init(index:)))
  }
}

extension KernelGraph.Invocation {
  /// The storages that the kernel touches, in the order in which it numbers them as buffers of its own.
  package var storages: [Int] {
    var numbers: [Int] = []
    for storage in read + body.written where !numbers.contains(storage) { numbers.append(storage) }
    return numbers
  }
}
