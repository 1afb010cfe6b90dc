import Graph
import Loops
import Tensors

/// By how much each positive's score stays behind its source's negatives.
struct ScoreMargins {
  /// The largest score of each source's negatives, [B].
  let largest: ValueID
  /// The sum of e^(score − the largest) of each source's negatives, [B].
  let negativeSum: ValueID
  /// The logarithm of the negatives' sum of exponentials less the positive's score, [B, L].
  let margin: ValueID

  /// Takes the margins from `table`, whose scores lie within ±`clip`.
  ///
  /// - Numerics: exponentials are taken relative to the largest of their block of rows, and blocks relative to the largest of all.
  init(_ graph: inout Graph, _ table: ScoreTable, clip: Double) throws {
    let (batch, locations, size) = (table.batch, table.locations, ScoreTable.block)
    let zero = try graph.filled(0, like: table.clipped)
    // No score is below −clip, so that it never hides the largest negative.
    let negatives = try graph.select(table.isPositive, graph.filled(-clip, like: table.clipped), table.clipped)
    let tops = try graph.one(ReduceBlocks(.maximum, size: size), negatives)
    let spread = try graph.one(BroadcastBlocks(size: size, extent: batch * locations), tops)
    let exponentials = try graph.select(table.isPositive, zero, graph.exp(graph.subtract(table.clipped, spread)))
    let sums = try graph.one(ReduceBlocks(.sum, size: size), exponentials)

    largest = try graph.reduce(.maximum, tops, over: [0])
    let blocks = graph.type(of: tops).shape
    let weights = try graph.exp(graph.subtract(tops, graph.broadcast(largest, to: blocks, dimensions: [1])))
    negativeSum = try graph.reduce(.sum, graph.multiply(sums, weights), over: [0])
    let logSum = try graph.add(graph.log(negativeSum), largest)
    let positives = try graph.reduce(.sum, graph.select(table.isPositive, table.clipped, zero), over: [1])
    margin = try graph.subtract(
      graph.broadcast(logSum, to: [batch, locations], dimensions: [0]), graph.reshape(positives, to: [batch, locations]))
  }
}
