import Graph
import Loops
import Support
import Tensors

/// The scores of every location of every target image against every source, and what the objective and its gradient take from them.
///
/// A table too large to keep is cut into blocks of sources: all that is computed of a source's scores, its gradient too, needs no other source's.
/// All of it is built by the same calls in the same order wherever it is needed, so that equal nodes can be made one.
struct ScoreTable {
  /// Sources (and target images), locations of an image, and the width of the embedding.
  let (batch, locations, width): (Int, Int, Int)
  /// Blocks of sources, and the sources of each; zeros follow the last source.
  let (blocks, size): (Int, Int)
  /// The targets, [B · L, E].
  let targets: ValueID
  /// The sources in blocks, [K, M, E].
  let sources: ValueID
  /// ⟨target, source⟩ / √width, [K, B, L, M].
  let raw: ValueID
  /// The raw scores, clipped softly, [K, B, L, M].
  let clipped: ValueID
  /// Whether target and source are of one image, bool[K, B, L, M].
  let isPositive: ValueID

  /// Bytes of a block: small beside the cache that cores share, and so large that targets and their gradient are passed over few times.
  private static let blockBytes = 4 << 20
  /// Sources of a block are a multiple of this, the numbers of a vector.
  private static let lanes = 16

  init(_ graph: inout Graph, _ sources: ValueID, _ targets: ValueID, clip: Double) throws {
    let shape = graph.type(of: targets).shape
    (batch, locations, width) = (shape[0], shape[1], shape[2])
    let wanted = (4 * batch * locations * batch - 1) / ScoreTable.blockBytes + 1
    let even = (batch - 1) / wanted + 1
    size = wanted == 1 ? batch : (even - 1) / ScoreTable.lanes * ScoreTable.lanes + ScoreTable.lanes
    blocks = (batch - 1) / size + 1
    self.targets = try graph.reshape(targets, to: [batch * locations, width])
    let padded = try graph.pad(sources, low: [0, 0], high: [blocks * size - batch, 0])
    self.sources = try graph.reshape(padded, to: [blocks, size, width])
    let products = try graph.one(BlockProduct(.table), self.targets, self.sources)
    let all = [blocks, batch, locations, size]
    raw = try graph.scaled(graph.reshape(products, to: all), by: 1 / Double(width).squareRoot())
    clipped = try graph.one(SoftClip(limit: clip), raw)
    let numbers = try graph.reshape(graph.one(Iota(axis: 0, TensorType(valid: .i32, [blocks * size]))), to: [blocks, size])
    let images = try graph.one(Iota(axis: 1, TensorType(valid: .i32, all)))
    isPositive = try graph.compare(.equal, images, graph.broadcast(numbers, to: all, dimensions: [0, 3]))
  }

  /// The extents of the table.
  var shape: [Int] { [blocks, batch, locations, size] }

  /// What `values`, [K, L, M], are of sources alone, and 0 for what stands behind the last one.
  func ofSources(_ graph: inout Graph, _ values: ValueID) throws -> ValueID {
    if blocks * size == batch { return values }
    let numbers = try graph.one(Iota(axis: 0, TensorType(valid: .i32, [blocks * size])))
    let isSource = try graph.reshape(graph.compare(.less, numbers, graph.filled(Double(batch), like: numbers)), to: [blocks, size])
    let places = try graph.broadcast(isSource, to: [blocks, locations, size], dimensions: [0, 2])
    return try graph.select(places, values, graph.filled(0, like: values))
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
