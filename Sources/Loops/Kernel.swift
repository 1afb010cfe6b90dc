import Tensors

/// A kernel: one function of the plan, over numbered buffers.
package struct Kernel: Hashable, Sendable {
  /// The types of the buffers, in the order of their numbers.
  package var buffers: [TensorType]
  package var body: Body

  /// What a kernel does.
  package enum Body: Hashable, Sendable {
    case loops(LoopNest)
    case contraction(Contraction)
    /// A product that OpenBLAS makes: `output[b] = left[b] · right[b]`, the operands transposed where asked.
    case library(LibraryProduct)
  }

  package init(buffers: [TensorType], body: Body) {
    self.buffers = buffers
    self.body = body
  }
}

/// A batched row-major matrix product of f32.
package struct LibraryProduct: Hashable, Sendable {
  package var batch: Int
  package var rows: Int
  package var columns: Int
  package var inner: Int
  package var transposeLeft: Bool
  package var transposeRight: Bool
  package var left: Int
  package var right: Int
  package var output: Int

  package init(
    batch: Int, rows: Int, columns: Int, inner: Int, transposeLeft: Bool, transposeRight: Bool, left: Int, right: Int, output: Int
  ) {
    self.batch = batch
    self.rows = rows
    self.columns = columns
    self.inner = inner
    self.transposeLeft = transposeLeft
    self.transposeRight = transposeRight
    self.left = left
    self.right = right
    self.output = output
  }
}
