import Codegen
import Loops
import Tensors

extension KernelPass {
  /// Chooses every contraction's register tile, the order of its tiles and its sweeps, and packs right operands that are better read in blocks.
  ///
  /// A right operand that loops make for the contraction alone is made in blocks at once.
  /// - Ensures: a right operand that two contractions read alike is packed once.
  package static let tiles = KernelPass("tiles") { graph, options in
    let (readers, kept) = (graph.readers(), graph.kept)
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
        let override = options.tiles.last { $0.role == contraction.role }
        if let paired = PairedContraction(contraction, &graph, forMatrices: TileModel.takesMatrices(options.target, override: override)) {
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
          contraction, target: options.target, caches: options.caches, override: override, chunk: chunk)
        contraction.schedule = model.schedule
        if model.packs(pairStep: pairStep) {
          let packing = Packing(contraction, columns: model.schedule.columns, pairStep: pairStep, &graph.axes)
          let storage = graph.makeStorage(TensorType(valid: contraction.isPaired ? .i32 : .f32, [packing.count]))
          let made: Int
          if readers[contraction.right.buffer]?.count == 1, !kept.contains(contraction.right.buffer), contraction.readsRightOnlyAsFactor,
            let maker = scheduled.lastIndex(where: { $0.body.written == [contraction.right.buffer] }),
            let packed = packing.body(of: scheduled[maker], into: storage.index, &graph)
          {
            scheduled[maker].body = packed
            scheduled[maker].label = "pack " + scheduled[maker].label
            made = storage.index
          } else {
            made = copy(packing.body(into: storage.index, graph), into: storage.index, for: invocation)
          }
          contraction.right = Contraction.Operand(buffer: made, at: packing.index)
          contraction.schedule?.packedBlockStride = packing.blockStride
        }
        let total = contraction.rowSums.isEmpty ? nil : graph.divideRowSums(of: &contraction)
        invocation.body = .contraction(contraction)
        scheduled.append(invocation)
        if let total { scheduled.append(KernelGraph.Invocation(body: .loops(total), label: "total", position: invocation.position)) }
        continue
      }
      scheduled.append(invocation)
    }
    graph.invocations = scheduled
  }
}

extension KernelGraph {
  /// Gives each unit of `contraction` partial sums of its own, and returns the loops that add them up, always in the same order.
  fileprivate mutating func divideRowSums(of contraction: inout Contraction) -> LoopNest {
    let (columns, (strips, filled)) = (contraction.column.extent, contraction.rowSumShape)
    let numbers = contraction.rowSums.map { storages[$0.buffer].type.count }.max() ?? columns
    let (strip, view, column, number) = (axes(strips), axes(numbers / columns), axes(columns), axes(strips))
    let shape = [strips, view.extent, filled]
    var total = LoopNest(axes: [view, column], stores: [])
    for i in contraction.stores.indices where contraction.isRowSum(contraction.stores[i]) {
      let store = contraction.stores[i]
      let partial = makeStorage(TensorType(valid: .f32, shape))
      let place = Index.coordinates(of: store.at, in: [view.extent, columns])
      contraction.stores[i].buffer = partial.index
      contraction.stores[i].at = Index.position(of: [Index(strip)] + place, in: shape)
      let part = Scalar.load(buffer: partial.index, at: Index.position(of: [number, view, column].map(Index.init), in: shape), .f32)
      total.stores.append(
        Store(buffer: store.buffer, at: Index(view) * columns + Index(column), value: .reduce(.sum, over: [number], part)))
    }
    contraction.schedule?.strip = strip
    total.normalizeAxes(&axes)
    return total
  }
}

extension Contraction {
  /// Whether the right operand's buffer is neither the left one nor read by the epilogue.
  fileprivate var readsRightOnlyAsFactor: Bool {
    left.buffer != right.buffer && !stores.contains { store in store.loads.contains { $0.buffer == right.buffer } }
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

  /// The kernel that makes the operand as `maker` does, but puts it into blocks in `buffer`; `nil` where blocks hold anything else, or elements would be scattered.
  func body(of maker: KernelGraph.Invocation, into buffer: Int, _ graph: inout KernelGraph) -> Kernel.Body? {
    let (at, column) = (contraction.right.at, contraction.column)
    guard case .loops(let nest) = maker.body, maker.stream == nil, pairStep == nil, at.constant == 0, at.coefficient(of: column) == 1,
      column.extent % columns == 0, count == graph.storages[contraction.right.buffer].type.count
    else { return nil }
    // The operand's dimensions, outermost first.
    let steps = (axes + [column]).map { (axis: $0, step: at.coefficient(of: $0) ?? 0) }.sorted { $0.step > $1.step }
    var elements = 1
    for (axis, step) in steps.reversed() {
      guard step == elements else { return nil }
      elements *= axis.extent
    }
    let order = steps.map(\.axis)
    func position(_ at: Index) -> Index {
      let coordinates = Dictionary(uniqueKeysWithValues: zip(order, Index.coordinates(of: at, in: order.map(\.extent))))
      let place = coordinates[column] ?? Index(0)
      return place.divided(by: columns) * blockStride + index.substituting { coordinates[$0] } + place.modulo(columns)
    }
    var packed = nest
    packed.stores = nest.stores.map { Store(buffer: buffer, at: position($0.at), value: $0.value) }
    packed.normalizeAxes(&graph.axes)
    guard let last = packed.axes.last, last.extent % columns == 0, packed.stores.allSatisfy({ $0.at.coefficient(of: last) == 1 }) else { return nil }
    return .loops(packed)
  }

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
      pairStep.map { graph.pair(right, at, step: $0) }
      ?? Scalar.load(buffer: right, at: at, graph.storages[right].type.element)
    let value = Scalar.inside(windows + [Bounds(column, below: contraction.column.extent)], element)
    return .loops(
      LoopNest(axes: [block] + axes + [lane], stores: [Store(buffer: buffer, at: Index(block) * blockStride + index + Index(lane), value: value)]))
  }
}
