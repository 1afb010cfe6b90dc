import Loops
import Tensors

/// A contraction whose tiles stay within a view, the outermost part of its result that sums are kept apart by.
///
/// Where rows are all pixels, they are divided once more, into groups that give all threads work.
struct DividedContraction {
  let contraction: Contraction
  private let undivided: Contraction
  let view: Axis
  /// The element's row in its view, of the contraction's axes.
  let rowOfView: Index

  /// The contraction with the result as `views` of `rows` rows each; `nil` where views are no rows of tiles, or their rows can't be divided evenly.
  init?(_ contraction: Contraction, views: Int, of rows: Int, _ axes: inout AxisSupply) {
    guard contraction.row.extent % views == 0 else { return nil }
    let tileRows = contraction.row.extent / views
    let hasPixels = contraction.outer.allSatisfy { $0.extent == 1 }
    guard let groups = hasPixels ? DividedContraction.groups(of: tileRows) : 1 else { return nil }
    let (view, group, row) = (axes(views), axes(groups), axes(tileRows / groups))
    let place = Index(view) * tileRows + Index(group) * row.extent + Index(row)
    var divided = contraction.substituting { $0 == contraction.row ? place : nil }
    let divisions = [view, group].filter { $0.extent > 1 }
    divided.outer = divisions + contraction.outer
    divided.rowGroups = divisions.count
    divided.row = row
    let columns = contraction.column.extent
    let ofView = divided.output - Index(view) * (rows * columns) - Index(contraction.column)
    let rowOfView = ofView.divided(by: columns)
    guard rowOfView * columns == ofView, ofView.range.lowerBound >= 0, !ofView.mentions(view), !ofView.mentions(contraction.column) else {
      return nil
    }
    self.contraction = divided
    undivided = contraction
    self.view = view
    self.rowOfView = rowOfView
  }

  /// The position of a number for each view and column.
  var columnOfView: Index { Index(view) * contraction.column.extent + Index(contraction.column) }

  /// Into how many groups `rows` rows are divided: as many as give work to all threads, with rows enough for even tiles; `nil` where the number has no such divisor.
  private static func groups(of rows: Int) -> Int? {
    let (enoughRows, tooMany) = (192, 4096)
    let groups = (1...max(64, rows / 1024)).last { rows % $0 == 0 && rows / $0 >= enoughRows } ?? 1
    return rows / groups < tooMany ? groups : nil
  }

  /// The loops that compute each view's first row into `buffer`.
  ///
  /// - Requires: all of the output exists.
  func firstRows(into buffer: Int, _ axes: inout AxisSupply) -> LoopNest {
    let (view, column) = (axes(view.extent), axes(contraction.column.extent))
    let steps = undivided.reductions.map { axes($0.axis.extent) }
    let there = undivided.substituting { axis in
      if axis == undivided.row { return Index(view) * (undivided.row.extent / view.extent) }
      if axis == undivided.column { return Index(column) }
      if let i = undivided.reductions.firstIndex(where: { $0.axis == axis }) { return Index(steps[i]) }
      return undivided.outer.contains(axis) ? Index(0) : nil
    }
    let product = Scalar.load(buffer: there.left.buffer, at: there.left.at, .f32) * .load(buffer: there.right.buffer, at: there.right.at, .f32)
    let sum = Scalar.reduce(.sum, over: steps, .inside(there.reductions.flatMap(\.inside), product))
    let value = there.stores[0].value.replacing(.accumulator, by: sum)
    var nest = LoopNest(axes: [view, column], stores: [Store(buffer: buffer, at: Index(view) * column.extent + Index(column), value: value)])
    nest.normalizeAxes(&axes)
    return nest
  }
}
