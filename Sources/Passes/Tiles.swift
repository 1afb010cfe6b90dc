import Codegen
import Loops
import Tensors

extension KernelPass {
  /// Chooses every contraction's register tile, the order of its tiles and its sweeps, and packs right operands that are better read in blocks.
  ///
  /// - Ensures: a right operand that two contractions read alike is packed once.
  package static let tiles = KernelPass("tiles") { graph, options in
    var scheduled: [KernelGraph.Invocation] = []
    var copies: [Kernel.Body: Int] = [:]
    /// Lets `body` write `storage` before what follows, and returns the storage; that of an equal copy, if there is one.
    func copy(_ body: Kernel.Body, into storage: Int, for reader: KernelGraph.Invocation) -> Int {
      let twin = body.renumbered { $0 == storage ? -1 : $0 }.canonical()
      if let known = copies[twin] { return known }
      copies[twin] = storage
      // A factor is packed before the stream that uses it, once for all chunks.
      let place = scheduled.firstIndex { $0.stream != nil && $0.stream == reader.stream } ?? scheduled.count
      scheduled.insert(KernelGraph.Invocation(body: body, label: "pack", position: reader.position), at: place)
      return storage
    }
    for var invocation in graph.invocations {
      if case .contraction(var contraction) = invocation.body {
        var pairStep: Int?
        if let paired = PairedContraction(contraction, &graph) {
          contraction = paired.contraction
          pairStep = paired.pairStep
          for (body, storage) in paired.makers {
            let made = copy(body, into: storage, for: invocation)
            if contraction.left.buffer == storage { contraction.left.buffer = made }
            if contraction.right.buffer == storage { contraction.right.buffer = made }
          }
        }
        let chunk = invocation.chunking.flatMap { by in invocation.stream.flatMap { graph.streams[$0] }.map { (by: by, rows: $0.rowsAtOnce) } }
        let model = TileModel(
          contraction, target: options.target, caches: options.caches, override: options.tiles.last { $0.role == contraction.role }, chunk: chunk)
        contraction.schedule = model.schedule
        if model.packs(pairStep: pairStep) {
          let packing = Packing(contraction, columns: model.schedule.columns, pairStep: pairStep, &graph.axes)
          let storage = graph.makeStorage(TensorType(valid: contraction.isPaired ? .i32 : .f32, [packing.count]))
          let made = copy(packing.body(into: storage.index, graph), into: storage.index, for: invocation)
          contraction.right = Contraction.Operand(buffer: made, at: packing.index)
          contraction.schedule?.packedBlockStride = packing.blockStride
        }
        invocation.body = .contraction(contraction)
      }
      scheduled.append(invocation)
    }
    graph.invocations = scheduled
  }
}

/// The right operand of a contraction copied into blocks of columns, each as wide as the tile: the tile then reads one line after another.
///
/// A block holds, for every value of the other axes in their order, a row of columns; what lies past the last column, or outside a window, is 0.
private struct Packing {
  /// The axes of the operand other than the column.
  private let axes: [Axis]
  private let contraction: Contraction
  private let columns: Int
  /// The distance of a word's second number, where the words are made here.
  private let pairStep: Int?
  private let block: Axis
  private let lane: Axis
  /// The elements of a block.
  let blockStride: Int
  /// The position in a block, of the contraction's axes.
  let index: Index

  init(_ contraction: Contraction, columns: Int, pairStep: Int?, _ supply: inout AxisSupply) {
    self.contraction = contraction
    self.columns = columns
    self.pairStep = pairStep
    axes = (contraction.outer + contraction.reductions.map(\.axis)).filter { contraction.right.at.mentions($0) }
    index = Index.position(of: axes.map(Index.init), in: axes.map(\.extent)) * columns
    blockStride = axes.reduce(1) { $0 * $1.extent } * columns
    block = supply((contraction.column.extent + columns - 1) / columns)
    lane = supply(columns)
  }

  /// The elements of all blocks.
  var count: Int { block.extent * blockStride }

  /// The kernel that packs into `buffer`.
  func body(into buffer: Int, _ graph: KernelGraph) -> Kernel.Body {
    let column = Index(block) * columns + Index(lane)
    let at = contraction.right.at.substituting { $0 == contraction.column ? column : nil }
    // A tap outside the kernel has no weights to read.
    let windows = contraction.reductions.flatMap(\.inside).filter { bound in
      var isOfOperand = true
      bound.index.visit(axis: { isOfOperand = isOfOperand && axes.contains($0) }, value: { _ in })
      return isOfOperand
    }
    let right = contraction.right.buffer
    let element =
      pairStep.map { .pair(graph.half(right, at), graph.half(right, at + $0)) }
      ?? Scalar.load(buffer: right, at: at, graph.storages[right].type.element)
    let value = Scalar.inside(windows + [Bounds(column, below: contraction.column.extent)], element)
    return .loops(
      LoopNest(axes: [block] + axes + [lane], stores: [Store(buffer: buffer, at: Index(block) * blockStride + index + Index(lane), value: value)]))
  }
}
