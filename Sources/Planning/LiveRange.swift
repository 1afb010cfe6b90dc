import Support

/// The name of a buffer that needs a place.
package struct BufferID: TypedID {
  package let index: Int
  package init(index: Int) { self.index = index }
}

/// A buffer's size, and the steps of a program during which it needs its place.
package struct LiveRange: Hashable, Sendable {
  /// The buffer.
  package let id: BufferID
  /// Its bytes.
  package let size: Int
  /// The steps at which it holds something: from the one that writes it to before the one that may write over it.
  package let steps: Range<Int>

  /// Creates the range of `id`, whose `size` bytes are held during `steps`.
  ///
  /// - Requires: at least one byte and one step.
  package init(_ id: BufferID, size: Int, steps: Range<Int>) {
    precondition(size >= 1 && !steps.isEmpty, "buffer \(id) of \(size) bytes, live at \(steps)")
    self.id = id
    self.size = size
    self.steps = steps
  }
}
