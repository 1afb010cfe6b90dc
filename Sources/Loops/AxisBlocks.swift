/// An axis cut into blocks of one size, and of a smaller one after them.
package struct AxisBlocks: Hashable, Sendable {
  /// How many blocks there are.
  package let count: Int
  /// Iterations of a larger block.
  package let size: Int
  /// How many blocks are larger; they come first.
  package let larger: Int
  /// Iterations of each of the others.
  package let smaller: Int

  /// Cuts `extent` iterations into as few blocks as possible of at most `limit`, all of them of one size or of that less one.
  ///
  /// A rest of two rows takes as long as six, since its vectors have to be loaded all the same: so there is no rest.
  package init(of extent: Int, atMost limit: Int) {
    precondition(extent >= 1 && limit >= 1, "nothing to cut")
    count = (extent - 1) / limit + 1
    size = (extent - 1) / count + 1
    larger = extent - count * (size - 1)
    smaller = size - 1
  }

  /// Cuts `extent` iterations into blocks of `size` and a rest, so that each block begins at a multiple of the size.
  package init(of extent: Int, size: Int) {
    precondition(extent >= 1 && size >= 1, "nothing to cut")
    count = (extent - 1) / size + 1
    self.size = size
    larger = extent / size
    smaller = extent % size
  }

  /// The sizes that occur, with the number of blocks of each.
  package var sizes: [(size: Int, count: Int)] { [(size, larger), (smaller, count - larger)].filter { $0.count > 0 } }
}
