import Graph
import Loops
import Support
import Tensors

/// The scores of every location of every target image against every source, and what the objective and its gradient take from them.
///
/// A row is a target's location, a column a source, so that a table too large to keep can be made and used a few rows at a time.
/// All of it is built by the same calls in the same order wherever it is needed, so that equal nodes can be made one.
struct ScoreTable {
  /// Sources (and target images), locations of an image, and the width of the embedding.
  let (batch, locations, width): (Int, Int, Int)
  /// The targets as the table's rows, [B · L, E].
  let targets: ValueID
  /// ⟨target, source⟩ / √width, [B · L, B].
  let raw: ValueID
  /// The raw scores, clipped softly, [B · L, B].
  let clipped: ValueID
  /// Whether target and source are of one image, bool[B · L, B].
  let isPositive: ValueID

  /// The rows whose exponentials are summed relative to one number.
  static let block = Chunks.grain

  init(_ graph: inout Graph, _ sources: ValueID, _ targets: ValueID, clip: Double) throws {
    let shape = graph.type(of: targets).shape
    (batch, locations, width) = (shape[0], shape[1], shape[2])
    self.targets = try graph.reshape(targets, to: [batch * locations, width])
    let products = try graph.product(self.targets, sources, transposeRight: true)
    raw = try graph.scaled(products, by: 1 / Double(width).squareRoot())
    clipped = try graph.one(SoftClip(limit: clip), raw)
    let images = TensorType(valid: .i32, [batch, locations, batch])
    let isSame = try graph.compare(.equal, graph.one(Iota(axis: 0, images)), graph.one(Iota(axis: 2, images)))
    isPositive = try graph.reshape(isSame, to: [batch * locations, batch])
  }

  /// The type of the table.
  var shape: [Int] { [batch * locations, batch] }

  /// Whether the table is made again for the gradient, rather than kept.
  var isLarge: Bool { 4 * batch * locations * batch > Chunks.bytes }

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
