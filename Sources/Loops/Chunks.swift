/// How tensors that are too large to keep are cut when they are made and used a chunk of rows at a time.
package enum Chunks {
  /// Bytes of a chunk: what a thread's second-level cache holds.
  ///
  /// A tensor that fits is never cut.
  package static let bytes = 1 << 20

  /// A chunk's rows are a multiple of this, so that the rows of the usual register tiles divide them: 1, 2, 3, 4, 6, 7, 8, 12, 14.
  package static let grain = 168

  /// Rows that a unit of work takes of a tensor with one element a row; it divides the grain.
  package static let unit = 56

  /// The rows of a chunk of a tensor whose rows have `rowBytes` bytes, a multiple of `grain`.
  package static func rows(rowBytes: Int, grain: Int) -> Int { max(1, bytes / rowBytes / grain) * grain }
}
