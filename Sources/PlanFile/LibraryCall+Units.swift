extension Schedule.LibraryCall {
  /// The largest block of the result that one call of the library computes.
  ///
  /// Blocks are cut by shape alone, so that a product has the same bits on any number of threads; they are large enough
  /// that the library's packing of its operands costs little beside their multiplication.
  package static let blockRows = 128
  package static let blockColumns = 512

  /// The number of blocks along the result's rows, and along its columns.
  package var rowBlocks: Int { (rows - 1) / Self.blockRows + 1 }
  package var columnBlocks: Int { (columns - 1) / Self.blockColumns + 1 }

  /// The units of work: the batch's entries, each cut into blocks, column blocks innermost.
  package var units: Int { batch * rowBlocks * columnBlocks }
}
