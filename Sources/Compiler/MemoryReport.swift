import Loops
import Passes
import Tensors

/// What a plan's arena holds: what is shared, kept and made again, and the moment that decides its size.
package struct MemoryReport: Hashable, Sendable, Encodable {
  /// A tensor in the arena.
  package struct Buffer: Hashable, Sendable, Encodable {
    /// What makes it, with the model's line.
    package let label: String
    package let type: String
    package let bytes: Int
  }

  /// Invocations of one operation that make again what was made before.
  package struct Repetition: Hashable, Sendable, Encodable {
    /// The operation, with the model's line.
    package let label: String
    package let invocations: Int
    /// The bytes that they make.
    package let bytes: Int
  }

  /// Buffers that took another's place when that was no longer needed.
  package private(set) var sharedBuffers = 0
  /// Bytes of all buffers, had each a place of its own.
  package private(set) var unsharedBytes = 0
  /// What is made again, the most bytes first.
  package private(set) var recomputed: [Repetition] = []
  /// What is live when the loss is known, for the backward pass to read.
  package private(set) var keptBuffers = 0
  package private(set) var keptBytes = 0
  /// The invocation in which the most bytes are live, its number and what is live then, the largest first.
  package private(set) var peakLabel = ""
  package private(set) var peakInvocation = 0
  package private(set) var peakBuffers: [Buffer] = []

  enum CodingKeys: String, CodingKey {
    case recomputed
    case sharedBuffers = "shared_buffers"
    case unsharedBytes = "unshared_bytes"
    case keptBuffers = "kept_buffers"
    case keptBytes = "kept_bytes"
    case peakLabel = "peak_label"
    case peakInvocation = "peak_invocation"
    case peakBuffers = "peak_buffers"
  }

  init() {}

  /// The report on `arena`, where the intermediates of `order` are.
  init(_ order: StepOrder, _ arena: ArenaPlan) {
    let graph = order.graph
    let makers = graph.makers
    func label(_ number: Int) -> String {
      graph.invocations[number].label + (graph.invocations[number].position.map { " at \($0)" } ?? "")
    }
    (sharedBuffers, unsharedBytes) = (arena.sharedBuffers, arena.unsharedBytes)
    var repetitions: [String: (invocations: Int, bytes: Int)] = [:]
    for number in graph.invocations.indices where order.isAgain[number] {
      let bytes = graph.invocations[number].body.written.reduce(0) { $0 + graph.storages[$1].type.byteCount }
      let known = repetitions[label(number)] ?? (0, 0)
      repetitions[label(number)] = (known.invocations + 1, known.bytes + bytes)
    }
    recomputed = repetitions.map { Repetition(label: $0, invocations: $1.invocations, bytes: $1.bytes) }
      .sorted { ($1.bytes, $0.label) < ($0.bytes, $1.label) }
    keptBuffers = arena.keptStorages.count
    keptBytes = arena.keptStorages.reduce(0) { $0 + graph.storages[$1].byteCount }
    guard graph.invocations.indices.contains(arena.peakInvocation) else { return }
    (peakLabel, peakInvocation) = (label(arena.peakInvocation), arena.peakInvocation)
    peakBuffers = arena.peakStorages.map { storage in
      let type = graph.storages[storage].type
      return Buffer(label: makers[storage].map(label) ?? "", type: "\(type)", bytes: graph.storages[storage].byteCount)
    }
  }
}
