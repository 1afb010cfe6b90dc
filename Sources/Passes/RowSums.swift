import Loops
import Tensors

extension KernelPass {
  /// Lets convolutions add up what is summed over all rows of their result while they have it in registers: batch norm's statistics, and the sums of its gradient.
  ///
  /// The rule: a convolution, forward or to data, takes in every loop nest that makes one number for each column of its result, or for each column and view,
  /// as the sum of a scalar of the result's elements and of what is made before and lies along the tile's vectors. The result stays in memory for its other readers.
  ///
  /// A sum's scalar may read its view's first row, the shift of shifted sums. That row is computed once more, before all others, and everybody reads that.
  /// - Ensures: tiles stay within one view.
  package static let rowSums = KernelPass("row-sums") { graph, _ in
    let (readers, makers) = (graph.readers(), graph.makers)
    var firstRows: [(place: Int, kernel: KernelGraph.Invocation)] = []
    for i in graph.invocations.indices {
      guard let result = graph.invocations[i].body.written.first else { continue }
      let isMade = { storage in makers[storage].map { $0 < i } ?? true }
      if let kernel = graph.takeRowSums(into: i, readers: readers[result] ?? [], isMade: isMade) { firstRows.append((i, kernel)) }
    }
    for (place, kernel) in firstRows.reversed() { graph.invocations.insert(kernel, at: place) }
    graph.invocations.removeAll { $0.body == .nothing }
  }
}

/// A sum over the rows of each view of a convolution's result, as it stands in a loop nest.
private struct RowSum {
  /// Where the numbers go, one for each view and column.
  let buffer: Int
  /// What is summed over `rows`, of elements in row `rows` of `view`.
  let value: Scalar
  let view: Axis
  let rows: Axis
  /// Whether it reads the view's first row beside the one that it is at.
  let readsFirstRow: Bool
}

extension KernelGraph {
  /// Elements from which on a result is worth reading only once.
  private static let large = 1 << 14
  /// Rows of a view from which on its sums are taken in.
  private static let fewestRows = 64

  /// Makes the row sums that `readers` take of contraction `i`'s result part of it; returns the kernel of the first rows, if those are read.
  fileprivate mutating func takeRowSums(into i: Int, readers: [Int], isMade: (Int) -> Bool) -> Invocation? {
    guard case .contraction(let contraction) = invocations[i].body, invocations[i].stream == nil,
      contraction.role == .convolutionForward || contraction.role == .convolutionToData, contraction.stores.count == 1,
      case let result = contraction.stores[0].buffer, contraction.stores[0].at == contraction.output, storages[result].type.count >= KernelGraph.large
    else { return nil }
    let found = readers.compactMap { reader in rowSum(of: result, in: reader, contraction.column, isMade).map { (reader: reader, sum: $0) } }
    let possible = found.filter { !$0.sum.readsFirstRow || contraction.exists.isEmpty }
    guard let first = possible.first?.sum, case let rows = first.rows.extent,
      let divided = DividedContraction(contraction, views: first.view.extent, of: rows, &axes)
    else { return nil }
    let taken = possible.filter { $0.sum.rows.extent == rows }
    let firstRows =
      taken.contains { $0.sum.readsFirstRow } ? makeStorage(TensorType(valid: .f32, [divided.view.extent, contraction.column.extent])) : nil
    var merged = divided.contraction
    let summed = merged.outer.filter { $0 != divided.view } + [merged.row]
    for (reader, sum) in taken {
      let placed = sum.value.substituting { $0 == sum.view ? Index(divided.view) : $0 == sum.rows ? divided.rowOfView : nil }
      let value = placed.mapLoads { buffer, at, type in
        guard buffer == result else { return .load(buffer: buffer, at: at, type) }
        if at == merged.output { return merged.stores[0].value }
        return firstRows.map { .load(buffer: $0.index, at: divided.columnOfView, type) } ?? .load(buffer: buffer, at: at, type)
      }
      merged.stores.append(Store(buffer: sum.buffer, at: divided.columnOfView, value: .reduce(.sum, over: summed, value)))
      invocations[i].label = invocations[reader].label + " " + invocations[i].label
      invocations[reader].body = .nothing
    }
    invocations[i].body = .contraction(merged)
    guard let firstRows else { return nil }
    // The shift must be the same number for everybody; computed twice, its last bits may differ.
    for reader in readers {
      invocations[reader].body = invocations[reader].body.mapValues { value in
        value.mapLoads { buffer, at, type in
          let place = Index.coordinates(of: at, in: [divided.view.extent, rows, contraction.column.extent])
          guard buffer == result, place[1] == Index(0) else { return .load(buffer: buffer, at: at, type) }
          return .load(buffer: firstRows.index, at: place[0] * contraction.column.extent + place[2], type)
        }
      }
    }
    return Invocation(body: .loops(divided.firstRows(into: firstRows.index, &axes)), label: "first rows", position: invocations[i].position)
  }

  /// The row sum of `result` that `reader` is; `nil` if it is none that can be taken in.
  private mutating func rowSum(of result: Int, in reader: Int, _ column: Axis, _ isMade: (Int) -> Bool) -> RowSum? {
    guard case .loops(let nest) = invocations[reader].body, invocations[reader].stream == nil, nest.stores.count == 1,
      case .reduce(.sum, let loops, let body) = nest.stores[0].value, !body.reduces
    else { return nil }
    let (extents, summed) = (nest.axes.map(\.extent), loops.map(\.extent))
    let (numbers, rows) = (extents.reduce(1, *), summed.reduce(1, *))
    guard nest.stores[0].at == Index.position(of: nest.axes.map(Index.init), in: extents), numbers % column.extent == 0,
      rows >= KernelGraph.fewestRows, numbers * rows == storages[result].type.count
    else { return nil }
    let (view, row) = (axes(numbers / column.extent), axes(rows))
    let place = Index.coordinates(of: Index(view) * column.extent + Index(column), in: extents)
    let steps = Index.coordinates(of: Index(row), in: summed)
    let value = body.substituting { axis in nest.axes.firstIndex(of: axis).map { place[$0] } ?? loops.firstIndex(of: axis).map { steps[$0] } }
    let first = Index(view) * (rows * column.extent) + Index(column)
    let own = first + Index(row) * column.extent
    let (results, others) = (value.loads.filter { $0.buffer == result }, value.loads.filter { $0.buffer != result })
    guard results.contains(where: { $0.at == own }), results.allSatisfy({ $0.at == own || $0.at == first }),
      others.allSatisfy({ isMade($0.buffer) && $0.at.steps(along: column) })
    else { return nil }
    return RowSum(
      buffer: nest.stores[0].buffer, value: value, view: view, rows: row, readsFirstRow: results.contains { $0.at == first })
  }
}
