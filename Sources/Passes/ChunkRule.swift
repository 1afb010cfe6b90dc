import Loops
import Tensors

/// Decides which kernels can follow the rows of a table, chunk by chunk, as they are made.
///
/// A kernel can when each of its outermost iterations, or of its row blocks, uses some rows of the table and none that come later; or when it sums over the rows and its sums
/// can wait. What it writes for its rows is a table of its own, which others can follow likewise.
struct ChunkRule {
  /// The rows, of which a chunk takes a multiple of `grain`.
  private let rows: Int
  private let grain: Int
  /// What is known of each storage that a kernel taken so far writes; `nil` for sums, which are not complete before the last row.
  private(set) var made: [Int: Table?] = [:]

  /// A tensor written along the rows: so many elements for so many rows.
  struct Table: Hashable {
    var elements: Int
    var rows: Int
  }

  init(_ stream: KernelGraph.Stream) { (rows, grain) = (stream.rows, stream.grain) }

  /// The kernel, with its rows outermost, and how they are cut; `nil` where it can't follow.
  mutating func take(_ body: Kernel.Body, storages: [KernelGraph.Storage], _ supply: inout AxisSupply) -> (Kernel.Body, KernelGraph.Chunking)? {
    switch body {
    case .library: return nil
    case .loops(let nest):
      if let byRow = byRows(nest, &supply), let chunking = take(byRow) { return (.loops(byRow), chunking) }
      var blocks = nest
      blocks.isChunked = true
      return take(blocks).map { (.loops(blocks), $0) }
    case .contraction(let contraction):
      return take(contraction, storages).map { (body, $0) }
    }
  }

  /// The nest over rows and what lies along a row, if it makes whole rows.
  private func byRows(_ nest: LoopNest, _ supply: inout AxisSupply) -> LoopNest? {
    let shape = nest.axes.map(\.extent)
    let count = shape.reduce(1, *)
    let position = Index.position(of: nest.axes.map(Index.init), in: shape)
    guard count % rows == 0, nest.stores.allSatisfy({ $0.at == position }) else { return nil }
    let axes: [Axis]
    let coordinates: [Index]
    if let first = nest.axes.first, first.extent % rows == 0 {
      let inner = first.extent / rows
      axes = [supply(rows)] + (inner > 1 ? [supply(inner)] : []) + nest.axes.dropFirst()
      coordinates = [inner > 1 ? Index(axes[0]) * inner + Index(axes[1]) : Index(axes[0])] + nest.axes.dropFirst().map(Index.init)
    } else {
      let width = count / rows
      axes = [supply(rows)] + (width > 1 ? [supply(width)] : [])
      coordinates = Index.coordinates(of: Index.position(of: axes.map(Index.init), in: axes.map(\.extent)), in: shape)
    }
    let replace = { (axis: Axis) in nest.axes.firstIndex(of: axis).map { coordinates[$0] } }
    var result = LoopNest(
      axes: axes,
      stores: nest.stores.map { Store(buffer: $0.buffer, at: $0.at.substituting(replace), value: $0.value.substituting(replace)) })
    result.isChunked = true
    return result
  }

  private mutating func take(_ nest: LoopNest) -> KernelGraph.Chunking? {
    guard let first = nest.axes.first, nest.axes.count > 1 || grain % Chunks.unit == 0 else { return nil }
    let loads = nest.stores.flatMap(\.conditionalLoads).filter { made.keys.contains($0.buffer) }
    // The rows of an iteration, as the first table says; one, where this is the first.
    var rowsAtOnce = 1
    if let (buffer, at) = loads.first.map({ ($0.buffer, $0.at) }) {
      guard case let table?? = made[buffer], let step = at.coefficient(of: first), step > 0, step * table.rows % table.elements == 0 else {
        return nil
      }
      rowsAtOnce = step * table.rows / table.elements
    }
    guard grain % rowsAtOnce == 0, (rows - 1) / rowsAtOnce + 1 == first.extent else { return nil }
    guard loads.allSatisfy({ follows($0.at, first, $0.buffer, rowsAtOnce, where: $0.inside) }), !hasLooseLoad(nest) else { return nil }
    var tables: [Int: Table] = [:]
    for store in nest.stores {
      guard let elements = store.at.coefficient(of: first), stays(store.at, first, within: elements) else { return nil }
      let table = Table(elements: elements, rows: rowsAtOnce)
      guard tables.updateValue(table, forKey: store.buffer) ?? table == table else { return nil }
    }
    for (buffer, table) in tables { made[buffer] = .some(table) }
    return .rows(rowsAtOnce)
  }

  private mutating func take(_ contraction: Contraction, _ storages: [KernelGraph.Storage]) -> KernelGraph.Chunking? {
    guard contraction.outer.count == contraction.rowGroups, contraction.exists.isEmpty, contraction.reductions.allSatisfy(\.inside.isEmpty),
      let sum = contraction.reductions.first?.axis, contraction.stores[0].at == contraction.output
    else { return nil }
    let row = contraction.outer.first ?? contraction.row
    let loads = contraction.stores.flatMap(\.conditionalLoads).filter { made.keys.contains($0.buffer) }
    let (left, right) = (contraction.left, contraction.right)
    if row.extent == rows, !made.keys.contains(right.buffer),
      loads.allSatisfy({ follows($0.at, row, $0.buffer, 1, where: $0.inside) }),
      !made.keys.contains(left.buffer) || follows(left.at, row, left.buffer, 1)
    {
      var tables: [Int: Table] = [:]
      for store in contraction.stores {
        guard let elements = store.at.coefficient(of: row), stays(store.at, row, within: elements) else { return nil }
        tables[store.buffer] = Table(elements: elements, rows: 1)
      }
      for (buffer, table) in tables { made[buffer] = .some(table) }
      return contraction.outer.isEmpty ? .rows(1) : .groups
    }
    // The sums wait in the first result, and its right factor is read in place.
    guard sum.extent == rows, loads.isEmpty, contraction.stores.count == 1,
      [left, right].allSatisfy({ !made.keys.contains($0.buffer) || follows($0.at, sum, $0.buffer, 1) }),
      right.at.coefficient(of: contraction.column) == 1 || contraction.column.extent == 1,
      storages[contraction.stores[0].buffer].type.element == .f32
    else { return nil }
    made[contraction.stores[0].buffer] = .some(nil)
    return .sums
  }

  /// Whether iteration `i` of `axis`, reading where `bounds` hold, reads of the table `buffer` only what belongs to `rowsAtOnce` rows from `i · rowsAtOnce` on.
  private func follows(_ at: Index, _ axis: Axis, _ buffer: Int, _ rowsAtOnce: Int, where bounds: [Bounds] = []) -> Bool {
    guard case let table?? = made[buffer], table.elements * rowsAtOnce % table.rows == 0 else { return false }
    let step = table.elements * rowsAtOnce / table.rows
    return at.coefficient(of: axis) == step && stays(at, axis, within: step, where: bounds)
  }

  /// Whether `at` lies in 0..<`limit` where `axis` is 0 and `bounds` hold.
  private func stays(_ at: Index, _ axis: Axis, within limit: Int, where bounds: [Bounds] = []) -> Bool {
    func first(_ index: Index) -> Index { index.substituting { $0 == axis ? Index(0) : nil } }
    guard limit > 0 else { return false }
    guard let range = first(at).range(where: bounds.map { Bounds(first($0.index), below: $0.limit) }) else { return true }
    return range.lowerBound >= 0 && range.upperBound < limit
  }

  /// Whether a single element of a table is read under a condition: it is read somewhere even where the condition doesn't hold, and not all of the table is there.
  private func hasLooseLoad(_ nest: LoopNest) -> Bool {
    var found = false
    for store in nest.stores {
      store.value.visit { scalar in
        guard case .guarded(_, let body, _) = scalar else { return }
        for load in body.loads where made.keys.contains(load.buffer) && load.at.coefficient(of: nest.axes[nest.axes.count - 1]) != 1 { found = true }
      }
    }
    return found
  }
}
