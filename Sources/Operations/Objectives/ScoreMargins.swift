import Graph
import Loops
import Tensors

/// By how much each positive's score stays behind its source's negatives.
struct ScoreMargins {
  /// The largest score of each source's negatives, [K, M].
  let largest: ValueID
  /// The sum of e^(score − the largest) of each source's negatives, [K, M].
  let negativeSum: ValueID
  /// The logarithm of the negatives' sum of exponentials less the positive's score, [K, L, M].
  let margin: ValueID

  /// Takes the margins from `table`, whose scores lie within ±`clip`.
  ///
  /// - Numerics: exponentials are taken relative to the largest of their source. Sums go over an image's locations first, then over images.
  init(_ graph: inout Graph, _ table: ScoreTable, clip: Double) throws {
    let zero = try graph.filled(0, like: table.clipped)
    // No score is below −clip, so that it never hides the largest negative.
    let negatives = try graph.select(table.isPositive, graph.filled(-clip, like: table.clipped), table.clipped)
    largest = try graph.reduce(.maximum, graph.reduce(.maximum, negatives, over: [2]), over: [1])
    let spread = try graph.broadcast(largest, to: table.shape, dimensions: [0, 3])
    let exponentials = try graph.select(table.isPositive, zero, graph.exp(graph.subtract(table.clipped, spread)))
    negativeSum = try graph.reduce(.sum, graph.reduce(.sum, exponentials, over: [2]), over: [1])
    let logSum = try graph.add(graph.log(negativeSum), largest)
    let positives = try graph.reduce(.sum, graph.select(table.isPositive, table.clipped, zero), over: [1])
    margin = try graph.subtract(graph.broadcast(logSum, to: graph.type(of: positives).shape, dimensions: [0, 2]), positives)
  }
}
