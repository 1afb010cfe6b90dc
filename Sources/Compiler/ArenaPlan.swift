import Loops
import Passes
import Planning
import Tensors

/// The arena: every intermediate's offset, found by the planner and checked again.
struct ArenaPlan {
  /// Byte offsets, by storage number.
  let offsets: [Int: Int]
  let bytes: Int
  /// The largest sum of bytes live at once.
  let lowerBound: Int
  /// Buffers that took another's place.
  let sharedBuffers: Int
  let unsharedBytes: Int

  /// Places the intermediates of `order`.
  init(_ order: StepOrder) {
    let graph = order.graph
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    for (i, invocation) in graph.invocations.enumerated() {
      for storage in invocation.body.written where order.regions[storage] == nil { first[storage] = i }
      for storage in invocation.body.written + invocation.body.read where order.regions[storage] == nil { last[storage] = i }
    }
    let ranges = first.keys.sorted().map { storage in
      LiveRange(BufferID(index: storage), size: graph.storages[storage].type.byteCount, steps: (first[storage] ?? 0)..<(last[storage] ?? 0) + 1)
    }
    var shared = SharedRanges(ranges)
    var count = 0
    for (i, invocation) in graph.invocations.enumerated() {
      for target in invocation.body.written where order.regions[target] == nil {
        let source = invocation.body.read.first { source in
          order.regions[source] == nil && last[source] == i && first[source].map { $0 < i } ?? false
            && graph.storages[source].type.byteCount == graph.storages[target].type.byteCount
            && invocation.body.readsOnlyWhereItStores(source, target)
        }
        guard let source else { continue }
        shared.share(BufferID(index: target), with: BufferID(index: source))
        // One buffer can have one heir.
        last[source] = -1
        count += 1
      }
    }
    let merged = shared.merged
    let plan = pack(merged)
    precondition(plan.flaw(for: merged) == nil, "the planner's offsets overlap")
    let all = shared.spread(plan)
    offsets = Dictionary(uniqueKeysWithValues: all.offsets.map { ($0.key.index, $0.value) })
    bytes = plan.total
    lowerBound = plan.peak.bytes
    sharedBuffers = count
    unsharedBytes = ranges.reduce(0) { $0 + $1.size }
  }
}
