import Codegen
import Loops
import Tensors

extension KernelPass {
  /// Chooses every contraction's register tile, the order of its tiles and its sweeps, and packs right operands that are better read in blocks.
  ///
  /// - Ensures: a right operand that two contractions read alike is packed once.
  package static let tiles = KernelPass("tiles") { graph, options in
    var scheduled: [KernelGraph.Invocation] = []
    var packed: [Kernel.Body: Int] = [:]
    for var invocation in graph.invocations {
      if case .contraction(var contraction) = invocation.body {
        let model = TileModel(contraction, target: options.target, override: options.tiles.last { $0.role == contraction.role })
        contraction.schedule = model.schedule
        if model.packs {
          let packing = Packing(contraction, columns: model.schedule.columns, &graph.axes)
          let storage = graph.makeStorage(TensorType(valid: .f32, [packing.count]))
          let body = packing.body(into: storage.index)
          let twin = body.renumbered { $0 == storage.index ? -1 : $0 }.canonical()
          contraction.right = Contraction.Operand(buffer: packed[twin] ?? storage.index, at: packing.index)
          contraction.schedule?.packedBlockStride = packing.blockStride
          if packed.updateValue(contraction.right.buffer, forKey: twin) == nil {
            scheduled.append(KernelGraph.Invocation(body: body, label: "pack", position: invocation.position))
          }
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
  private let block: Axis
  private let lane: Axis
  /// The elements of a block.
  let blockStride: Int
  /// The position in a block, of the contraction's axes.
  let index: Index

  init(_ contraction: Contraction, columns: Int, _ supply: inout AxisSupply) {
    self.contraction = contraction
    self.columns = columns
    axes = (contraction.outer + contraction.reductions.map(\.axis)).filter { contraction.right.at.mentions($0) }
    index = Index.position(of: axes.map(Index.init), in: axes.map(\.extent)) * columns
    blockStride = axes.reduce(1) { $0 * $1.extent } * columns
    block = supply((contraction.column.extent + columns - 1) / columns)
    lane = supply(columns)
  }

  /// The elements of all blocks.
  var count: Int { block.extent * blockStride }

  /// The kernel that packs into `buffer`.
  func body(into buffer: Int) -> Kernel.Body {
    let column = Index(block) * columns + Index(lane)
    let at = contraction.right.at.substituting { $0 == contraction.column ? column : nil }
    // A tap outside the kernel has no weights to read.
    let windows = contraction.reductions.flatMap(\.inside).filter { bound in
      var isOfOperand = true
      bound.index.visit(axis: { isOfOperand = isOfOperand && axes.contains($0) }, value: { _ in })
      return isOfOperand
    }
    let value = Scalar.inside(windows + [Bounds(column, below: contraction.column.extent)], .load(buffer: contraction.right.buffer, at: at, .f32))
    return .loops(
      LoopNest(axes: [block] + axes + [lane], stores: [Store(buffer: buffer, at: Index(block) * blockStride + index + Index(lane), value: value)]))
  }
}
