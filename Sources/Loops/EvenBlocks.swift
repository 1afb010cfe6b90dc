/// An axis cut into as few blocks as a limit allows, all of them of one size or of that less one.
///
/// A rest of two rows takes as long as six, since its vectors have to be loaded all the same: so there is no rest.
package struct EvenBlocks: Hashable, Sendable {
  /// How many blocks there are.
  package let count: Int
  /// Iterations of a larger block.
  package let size: Int
  /// How many blocks are larger; they come first, and the others have one iteration less.
  package let larger: Int

  /// Cuts `extent` iterations into blocks of at most `limit`.
  package init(of extent: Int, atMost limit: Int) {
    precondition(extent >= 1 && limit >= 1, "nothing to cut")
    count = (extent - 1) / limit + 1
    size = (extent - 1) / count + 1
    larger = extent - count * (size - 1)
  }

  /// The sizes that occur, with the number of blocks of each.
  package var sizes: [(size: Int, count: Int)] { larger == count ? [(size, count)] : [(size, larger), (size - 1, count - larger)] }
}
