import Graph
import Loops
import Support
import Tensors

/// The scores of every source against every location of every target image, and what the objective and its gradient take from them.
///
/// All of it is built by the same calls in the same order wherever it is needed, so that equal nodes can be made one.
struct ScoreTable {
  /// Sources (and target images), locations of an image, and the width of the embedding.
  let (batch, locations, width): (Int, Int, Int)
  /// ⟨source, target⟩ / √width, [B, B, L].
  let raw: ValueID
  /// The raw scores, clipped softly, [B, B, L].
  let clipped: ValueID
  /// Whether source and target are of one image, bool[B, B, L].
  let isPositive: ValueID
  /// e^(score − the row's largest negative) of the negatives, 0 for positives, [B, B, L].
  let negatives: ValueID
  /// The sum of those, [B].
  let negativeSum: ValueID
  /// The logarithm of the negatives' sum of exponentials less the positive's score, [B, L].
  let margin: ValueID

  init(_ graph: inout Graph, _ sources: ValueID, _ targets: ValueID, clip: Double) throws {
    let shape = graph.type(of: targets).shape
    (batch, locations, width) = (shape[0], shape[1], shape[2])
    let table = [batch, batch, locations]
    let rows = try graph.reshape(targets, to: [batch * locations, width])
    let products = try graph.product(sources, rows, transposeRight: true)
    raw = try graph.reshape(graph.scaled(products, by: 1 / Double(width).squareRoot()), to: table)
    clipped = try graph.one(SoftClip(limit: clip), raw)
    let images = TensorType(valid: .i32, [batch, batch])
    let isSame = try graph.compare(.equal, graph.one(Iota(axis: 0, images)), graph.one(Iota(axis: 1, images)))
    isPositive = try graph.broadcast(isSame, to: table, dimensions: [0, 1])

    let zero = try graph.filled(0, like: clipped)
    // No score is below −clip, so that it never hides the largest negative.
    let largest = try graph.reduce(.maximum, graph.select(isPositive, graph.filled(-clip, like: clipped), clipped), over: [1, 2])
    let exponentials = try graph.exp(graph.subtract(clipped, graph.broadcast(largest, to: table, dimensions: [0])))
    negatives = try graph.select(isPositive, zero, exponentials)
    negativeSum = try graph.reduce(.sum, negatives, over: [1, 2])
    let logSum = try graph.add(graph.log(negativeSum), largest)
    let positives = try graph.reduce(.sum, graph.select(isPositive, clipped, zero), over: [1])
    margin = try graph.subtract(graph.broadcast(logSum, to: [batch, locations], dimensions: [0]), positives)
  }

  /// Checks the operands that make a table.
  ///
  /// - Errors: ranks, batches or embedding widths differ; a batch of one has no negatives; an option that can't be.
  static func check(_ sources: TensorType, _ targets: TensorType, clip: Double, penalty: Double) throws {
    guard sources.element == .f32, targets.element == .f32 else { throw Diagnostic("needs f32, and got \(sources) and \(targets)") }
    guard sources.rank == 2, targets.rank == 3 else {
      throw Diagnostic("needs sources [batch, embedding] and targets [batch, locations, embedding], and got \(sources) and \(targets)")
    }
    guard sources.shape[0] == targets.shape[0] else { throw Diagnostic("batches differ: \(sources) and \(targets)") }
    guard sources.shape[1] == targets.shape[2] else { throw Diagnostic("embedding widths differ: \(sources) and \(targets)") }
    guard sources.shape[0] >= 2 else { throw Diagnostic("a batch of one has no negatives", hint: "take a batch of 2 or more") }
    guard clip > 0, clip.isFinite else { throw Diagnostic("needs a clip above 0, and got \(clip)") }
    guard penalty >= 0, penalty.isFinite else { throw Diagnostic("needs a penalty from 0, and got \(penalty)") }
  }
}
