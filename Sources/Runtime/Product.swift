import COpenBLAS
import PlanFile
import Support

/// A batched product by OpenBLAS, in plain memory.
///
/// A unit is one block of one entry's result; see `LibraryCall.units`.
struct Product {
  private let call: Schedule.LibraryCall
  private let library: OpenBLAS

  /// Creates the product that `call` describes.
  ///
  /// - Errors: OpenBLAS isn't there.
  init(_ call: Schedule.LibraryCall) throws(Diagnostic) {
    self.call = call
    library = try .loaded()
  }

  /// Computes the blocks `units` of `buffers[2] = buffers[0] · buffers[1]`.
  func run(_ units: Range<Int>, _ buffers: UnsafePointer<UnsafeMutableRawPointer?>) {
    guard let left = buffers[0], let right = buffers[1], let result = buffers[2] else { return }
    for unit in units {
      let (block, column) = unit.quotientAndRemainder(dividingBy: call.columnBlocks)
      let (entry, row) = block.quotientAndRemainder(dividingBy: call.rowBlocks)
      compute(
        left.assumingMemoryBound(to: Float.self) + entry * call.rows * call.inner,
        right.assumingMemoryBound(to: Float.self) + entry * call.inner * call.columns,
        result.assumingMemoryBound(to: Float.self) + entry * call.rows * call.columns,
        row * Schedule.LibraryCall.blockRows, column * Schedule.LibraryCall.blockColumns)
    }
  }

  /// Computes the block that begins at (`row`, `column`) of one entry.
  private func compute(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ row: Int, _ column: Int)
  {
    library.product(
      CblasRowMajor, call.transposeLeft ? CblasTrans : CblasNoTrans, call.transposeRight ? CblasTrans : CblasNoTrans,
      blasint(min(Schedule.LibraryCall.blockRows, call.rows - row)), blasint(min(Schedule.LibraryCall.blockColumns, call.columns - column)),
      blasint(call.inner), 1,
      left + (call.transposeLeft ? row : row * call.inner), blasint(call.transposeLeft ? call.rows : call.inner),
      right + (call.transposeRight ? column * call.inner : column), blasint(call.transposeRight ? call.inner : call.columns),
      0, result + row * call.columns + column, blasint(call.columns))
  }
}
