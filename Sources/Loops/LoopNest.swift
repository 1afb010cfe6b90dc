import Tensors

/// A kernel that computes every element on its own: for all values of the axes, each store's scalar goes to its position.
package struct LoopNest: Hashable, Sendable {
  /// The loops, outermost first; all iterations are independent of each other.
  package var axes: [Axis]
  /// What each iteration stores; no two iterations store to one position.
  package var stores: [Store]
  /// Whether the first axis is run in chunks, at whose ends units of work must end too.
  package var isChunked = false
  /// The operations of an iteration, where its stores have most of them in common.
  private var commonOperations: Int?

  /// Creates the loops over `axes` that make `stores`, with as many `operations` an iteration where that is less than the stores' own together.
  package init(axes: [Axis], stores: [Store], operations: Int? = nil) {
    self.axes = axes
    self.stores = stores
    commonOperations = operations
  }

  /// About how many operations an iteration is.
  package var operations: Int { commonOperations ?? stores.reduce(0) { $0 + $1.value.cost } }
}

/// One element put into a buffer.
package struct Store: Hashable, Sendable {
  /// Which of the kernel's buffers.
  package var buffer: Int
  /// The row-major position in it.
  package var at: Index
  /// The element.
  package var value: Scalar

  /// Creates the store of `value` at `at` of `buffer`.
  package init(buffer: Int, at: Index, value: Scalar) {
    self.buffer = buffer
    self.at = at
    self.value = value
  }
}
