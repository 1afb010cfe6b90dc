import Loops
import Passes

/// The step as it will run: the kernels in order, those that run again included, with every storage's region.
struct StepOrder {
  let graph: KernelGraph
  /// Where storages live that are not in the arena.
  let regions: [Int: StepRegions.Region]
  /// The number of invocations after which the loss is known, if there is one.
  let guardPoint: Int?
  /// Which invocations make again what was made before.
  let isAgain: [Bool]
  /// The number that each invocation has in the regions' graph.
  let originals: [Int]

  /// Lays out the step of `regions` as `timeline` has it; what is made again gets storages of its own.
  init(_ regions: StepRegions, _ timeline: Timeline) {
    var graph = regions.graph
    let (original, blocks) = (graph.invocations, graph.blocks)
    var storages: [Timeline.Place: Int] = [:]
    var (isAgain, originals): ([Bool], [Int]) = ([], [])
    var guardPoint: Int?
    graph.invocations = []
    for run in timeline.runs {
      for place in timeline.places[run.writes] where place.making > 0 {
        storages[place] = graph.makeStorage(like: place.storage).index
      }
      let renewed = timeline.places[run.reads.lowerBound..<run.writes.upperBound].filter { $0.making > 0 }
      let numbers = renewed.reduce(into: [Int: Int]()) { $0[$1.storage] = storages[$1] }
      let stream = original[blocks[run.invocation].lowerBound].stream.map { run.isAgain ? graph.repeatStream($0) : $0 }
      for number in blocks[run.invocation] {
        var invocation = original[number]
        invocation.stream = stream
        if !numbers.isEmpty { invocation.body = invocation.body.renumbered { numbers[$0] ?? $0 } }
        graph.invocations.append(invocation)
        isAgain.append(run.isAgain)
        originals.append(number)
      }
      if let maker = regions.lossMaker, !run.isAgain, blocks[run.invocation].contains(maker) { guardPoint = graph.invocations.count }
    }
    self.graph = graph
    self.regions = regions.regions
    self.isAgain = isAgain
    self.originals = originals
    self.guardPoint = guardPoint
  }
}
