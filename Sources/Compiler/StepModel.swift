import Loops
import Passes
import PlanFile
import Tensors

/// The step as memory sees it: what each invocation reads and writes of the arena, and what it costs.
///
/// It knows no kernel. The kernels of a stream are one invocation here: they stay together, and what they make for each other isn't seen.
struct StepModel {
  var invocations: [Invocation]
  /// The bytes of each storage, rounded up to where the next may begin; 0 for what is not in the arena.
  var sizes: [Int]
  /// The invocation that makes each storage of the arena.
  private(set) var makers: [Int?]

  struct Invocation {
    /// The storages of the arena that it reads, and those that it writes, each once.
    var reads: [Int]
    var writes: [Int]
    /// Results that may be written over an operand of the same size that is read there for the last time.
    var overwrites: [(result: Int, operand: Int)]
    /// What must run before.
    var predecessors: [Int]
    /// The state tensors that it reads as they were before the step, and those that it writes, by number.
    var oldStates: [Int]
    var newStates: [Int]
    /// Whether it may run again: it writes nothing outside the arena.
    var isRepeatable: Bool
    /// About how long it takes.
    var nanoseconds: Double
  }

  init(invocations: [Invocation], sizes: [Int]) {
    self.invocations = invocations
    self.sizes = sizes
    makers = Array(repeating: nil, count: sizes.count)
    for (i, invocation) in invocations.enumerated() { for storage in invocation.writes { makers[storage] = i } }
  }

  /// The model of the step in `regions`.
  init(_ regions: StepRegions) {
    let graph = regions.graph
    let sizes = graph.storages.indices.map { storage in
      regions.regions[storage] == nil ? (graph.storages[storage].byteCount + Plan.alignment - 1) / Plan.alignment * Plan.alignment : 0
    }
    let writers = graph.makers
    let blocks = graph.blocks
    let blockOf = blocks.enumerated().flatMap { number, block in block.map { _ in number } }
    func state(_ storage: Int) -> Int? { if case .state(let number) = regions.regions[storage] { number } else { nil } }
    let invocations = blocks.enumerated().map { number, block in
      let bodies = graph.invocations[block].map(\.body)
      let written = bodies.flatMap(\.written).uniqued
      let read = graph.invocations[block].flatMap(\.read).uniqued.filter { !written.contains($0) }
      let reads = read.filter { regions.regions[$0] == nil }
      let writes = written.filter { regions.regions[$0] == nil }
      let overwrites =
        bodies.count > 1
        ? []
        : writes.flatMap { result in
          reads.filter { graph.haveOnePlace($0, result) && bodies[0].readsOnlyWhereItStores($0, result) }.map { (result, $0) }
        }
      let predecessors = Set(block.flatMap { regions.predecessors[$0] }.map { blockOf[$0] }).subtracting([number])
      return Invocation(
        reads: reads, writes: writes, overwrites: overwrites, predecessors: predecessors.sorted(),
        oldStates: read.filter { writers[$0] == nil }.compactMap(state), newStates: written.compactMap(state),
        isRepeatable: writes.count == written.count,
        nanoseconds: bodies.reduce(0) { $0 + $1.estimatedNanoseconds { graph.storages[$0].type.byteCount } })
    }
    self.init(invocations: invocations, sizes: sizes)
  }
}

extension KernelGraph {
  /// The invocations one by one, but those of a stream together.
  var blocks: [Range<Int>] {
    var blocks: [Range<Int>] = []
    for (i, invocation) in invocations.enumerated() {
      if let stream = invocation.stream, let last = blocks.last, invocations[last.lowerBound].stream == stream {
        blocks[blocks.count - 1] = last.lowerBound..<i + 1
      } else {
        blocks.append(i..<i + 1)
      }
    }
    return blocks
  }

  /// Whether the elements of two storages can be in the same places: there are as many of them in memory, of one size.
  func haveOnePlace(_ a: Int, _ b: Int) -> Bool {
    let (a, b) = (storages[a], storages[b])
    return a.byteCount == b.byteCount && a.type.element.size == b.type.element.size && (a.window == nil) == (b.window == nil)
  }
}

extension Array where Element: Hashable {
  /// The elements, each once, in order of appearance.
  fileprivate var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Kernel.Body {
  /// What two threads of a present machine do a nanosecond: products and sums of tiles, scalar operations of loops, bytes to and from memory.
  ///
  /// Only ratios count: how dear it is to compute something again, beside the whole step.
  private static let (tileRate, loopRate, byteRate) = (230.0, 40.0, 50.0)
  /// Nanoseconds in which threads meet.
  private static let meeting = 1000.0

  /// About how long the kernel takes, with buffers of `bytes`: its arithmetic or its memory traffic, whichever is longer.
  func estimatedNanoseconds(_ bytes: (Int) -> Int) -> Double {
    let arithmetic: Double
    switch self {
    case .contraction(let contraction): arithmetic = Double(contraction.flops) / Self.tileRate
    case .library(let p): arithmetic = 2 * Double(p.batch * p.rows * p.columns * p.inner) / Self.tileRate
    case .loops(let nest):
      let space = nest.axes.reduce(1) { $0 * $1.extent }
      arithmetic = Double(space * nest.operations) / Self.loopRate
    }
    let traffic = Double((read + written).reduce(0) { $0 + bytes($1) }) / Self.byteRate
    return Self.meeting + max(arithmetic, traffic)
  }
}
