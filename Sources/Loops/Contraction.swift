import Tensors

/// A kernel that sums products of two buffers' elements over reduction axes: a matrix product, or a convolution in one of its three passes.
///
/// For all values of `outer`, `row` and `column`: `sum = Σ left[leftIndex] · right[rightIndex]` over `reductions`, then `epilogue` goes to `output`.
/// The left operand is broadcast, the right one is loaded as vectors along the column, so that one register tile serves every case.
package struct Contraction: Hashable, Sendable {
  /// Which pass of which layer it is, for reports.
  package enum Role: String, Hashable, Sendable {
    case product
    case convolutionForward = "forward"
    case convolutionToData = "to_data"
    case convolutionToWeights = "to_weights"
  }

  package var role: Role
  /// Axes of the output outside the tile.
  package var outer: [Axis]
  /// How many of them, the first ones, divide the rows into groups; tiles stay in a group until it is done.
  package var rowGroups = 0
  /// The axis of the output along a tile's rows: both operand `left` and the output advance by a constant along it.
  package var row: Axis
  /// The axis of the output along a tile's vectors: the right operand and the output are contiguous along it.
  package var column: Axis
  /// The axes summed over, outermost first.
  package var reductions: [Reduction]
  /// Which part of the outermost reduction a sum is of, where parts are summed apart: the output has a place for each.
  ///
  /// The parts are even, or differ by one iteration.
  package var part: Axis?
  /// The buffers and positions of the two factors.
  package var left: Operand
  package var right: Operand
  /// Where the output exists: iterations outside are left out (sizes that the stride doesn't divide).
  package var exists: [Bounds]
  /// The position of the element in the output.
  package var output: Index
  /// What is stored there, from `.accumulator` and loads; the first store's buffer is the contraction's own output.
  ///
  /// A store's value may also be the sum over the row and some of the outer axes of such a scalar: it then goes to one position for all of them.
  package var stores: [Store]
  /// Whether both operands are words of two bf16 numbers, whose products are summed in f32: `sum += left.0 · right.0 + left.1 · right.1`.
  package var isPaired = false
  /// How it is cut for registers and caches; `nil` until that is chosen.
  package var schedule: TileSchedule?

  /// A factor: a buffer and the position in it.
  package struct Operand: Hashable, Sendable {
    package var buffer: Int
    package var at: Index

    package init(buffer: Int, at: Index) {
      self.buffer = buffer
      self.at = at
    }
  }

  /// An axis that is summed over.
  package struct Reduction: Hashable, Sendable {
    package var axis: Axis
    /// Only the values where all of these hold are summed: a window's edges.
    ///
    /// Each index is linear in the axis and goes up by a step,
    /// down by one, or stands still on an axis of one value.
    package var inside: [Bounds]

    package init(_ axis: Axis, inside: [Bounds] = []) {
      self.axis = axis
      self.inside = inside.filter { !$0.isCertain }
    }
  }

  package init(
    role: Role, outer: [Axis], row: Axis, column: Axis, reductions: [Reduction], left: Operand, right: Operand,
    exists: [Bounds] = [], output: Index, stores: [Store]
  ) {
    self.role = role
    self.outer = outer
    self.row = row
    self.column = column
    self.reductions = reductions
    self.left = left
    self.right = right
    self.exists = exists.filter { !$0.isCertain }
    self.output = output
    self.stores = stores
  }
}

extension Contraction {
  /// The stores of sums over rows, in order.
  package var rowSums: [Store] { stores.filter(isRowSum) }

  /// Whether `store` holds a sum over rows, rather than an element for each of them.
  package func isRowSum(_ store: Store) -> Bool {
    if case .reduce(_, let axes, _) = store.value { axes.contains(row) } else { false }
  }

  /// What `store` takes of each row: the element, or what the sum adds up.
  package func perRow(_ store: Store) -> Scalar {
    if case .reduce(_, _, let part) = store.value, isRowSum(store) { part } else { store.value }
  }
}

/// How a contraction is cut for registers and caches.
package struct TileSchedule: Hashable, Sendable {
  /// Rows of a register tile.
  package var rows: Int
  /// Vectors of a register tile's row.
  package var vectors: Int
  /// Elements of a vector.
  package var lanes: Int
  /// Steps of the innermost reduction that one instruction sums, where the tile is of matrix registers; else `nil`.
  package var matrixSteps: Int?
  /// The distance in the right operand between column blocks, when it was packed into blocks as wide as the tile; `nil` when it is read in place.
  package var packedBlockStride: Int?
  /// Iterations of the outermost reduction axis that one sweep over the tiles takes; the sums wait in the output between sweeps.
  package var sweep: Int?
  /// Whether a thread copies what its tiles read in a sweep to where one word follows another.
  package var copiesSweeps = false
  /// Whether row blocks begin at multiples of `rows`, so that a chunk of rows is whole blocks; else the blocks are even.
  package var hasWholeRows = false
  /// Whether each sweep over the tiles is units of its own, one sweep after another, so that a chunk of what is summed over is whole units.
  package var hasSweptUnits = false
  /// How many of the tile loops, the innermost ones, a unit of work runs, so that it can add up sums over rows; else a unit is a tile.
  package var loopsOfUnit = 0
  /// The number of a unit's partial sums, in the positions that they are stored at.
  package var strip: Axis?
  /// The order of the tile loops, outermost first.
  package var order: [Loop]

  /// A loop over tiles.
  package enum Loop: Hashable, Sendable {
    case parts
    case outer(Int)
    case rowBlocks
    case columnBlocks
  }

  package init(rows: Int, vectors: Int, lanes: Int, packedBlockStride: Int? = nil, sweep: Int? = nil, order: [Loop]) {
    self.rows = rows
    self.vectors = vectors
    self.lanes = lanes
    self.packedBlockStride = packedBlockStride
    self.sweep = sweep
    self.order = order
  }

  /// Columns of a tile.
  package var columns: Int { vectors * lanes }
}
