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
  /// The invocation in which the most is live, and the storages that are live then, the largest first.
  let peakInvocation: Int
  let peakStorages: [Int]
  /// The storages that are live when the loss is known: what is kept for the backward pass.
  let keptStorages: [Int]

  /// How far above its lower bound a plan may be before more effort is spent on it.
  private static let acceptable = 1.01

  /// Places the intermediates of `order`.
  init(_ order: StepOrder) {
    let graph = order.graph
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    for (i, invocation) in graph.invocations.enumerated() {
      for storage in invocation.body.written where order.regions[storage] == nil { first[storage] = i }
      for storage in invocation.body.written + invocation.read where order.regions[storage] == nil { last[storage] = i }
    }
    order.graph.extend(&first, &last)
    let ranges = first.keys.sorted().map { storage in
      LiveRange(BufferID(index: storage), size: graph.storages[storage].byteCount, steps: (first[storage] ?? 0)..<(last[storage] ?? 0) + 1)
    }
    var shared = SharedRanges(ranges)
    var count = 0
    for (i, invocation) in graph.invocations.enumerated() {
      for target in invocation.body.written where order.regions[target] == nil {
        let source = invocation.read.first { source in
          order.regions[source] == nil && last[source] == i && first[source].map { $0 < i } ?? false
            && first[target] == i && graph.haveOnePlace(source, target) && invocation.body.readsOnlyWhereItStores(source, target)
        }
        guard let source else { continue }
        shared.share(BufferID(index: target), with: BufferID(index: source))
        // One buffer can have one heir.
        last[source] = -1
        count += 1
      }
    }
    let merged = shared.merged
    var plan = pack(merged)
    if plan.ratio > ArenaPlan.acceptable { plan = [plan, pack(merged, effort: .persistent)].min { $0.total < $1.total } ?? plan }
    precondition(plan.flaw(for: merged) == nil, "the planner's offsets overlap")
    let all = shared.spread(plan)
    offsets = Dictionary(uniqueKeysWithValues: all.offsets.map { ($0.key.index, $0.value) })
    bytes = plan.total
    lowerBound = plan.peak.bytes
    sharedBuffers = count
    unsharedBytes = ranges.reduce(0) { $0 + $1.size }
    peakInvocation = plan.peak.step
    func live(at step: Int) -> [Int] {
      // Of buffers that share a place, one stands for all.
      let storages = ranges.filter { $0.steps.contains(step) }.map { (shared.block(of: $0.id), $0.id.index) }
      return Dictionary(storages, uniquingKeysWith: max).values.sorted { (sizes($1), $0) < (sizes($0), $1) }
    }
    func sizes(_ storage: Int) -> Int { graph.storages[storage].byteCount }
    peakStorages = ranges.isEmpty ? [] : live(at: plan.peak.step)
    keptStorages = order.guardPoint.map(live) ?? []
  }
}

extension KernelGraph {
  /// Extends the range from `first` to `last` in which a storage is needed over the whole of each stream that uses it, whose chunks come back to it.
  ///
  /// What holds only one chunk is needed from kernel to kernel within each chunk, as outside of streams.
  fileprivate func extend(_ first: inout [Int: Int], _ last: inout [Int: Int]) {
    var end = 0
    while end < invocations.count {
      let start = end
      end += 1
      guard let stream = invocations[start].stream else { continue }
      while end < invocations.count, invocations[end].stream == stream { end += 1 }
      for storage in Set(invocations[start..<end].flatMap { $0.read + $0.body.written }) where storages[storage].window == nil {
        if let from = first[storage], let to = last[storage] { (first[storage], last[storage]) = (min(from, start), max(to, end - 1)) }
      }
    }
  }
}
