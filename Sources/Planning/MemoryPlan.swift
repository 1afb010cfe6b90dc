/// Where in one block of memory every buffer has its place.
package struct MemoryPlan: Hashable, Sendable {
  /// Each buffer's first byte, counted from the start of the block.
  package let offsets: [BufferID: Int]
  /// The bytes of the block.
  package let total: Int
  /// What every offset is a multiple of.
  package let alignment: Int
  /// The step at which the most is live, and how much: the lower bound of `total`.
  package let peak: Peak

  /// Creates the plan that puts each buffer at its offset in a block of `total` bytes.
  package init(offsets: [BufferID: Int], total: Int, alignment: Int, peak: Peak) {
    self.offsets = offsets
    self.total = total
    self.alignment = alignment
    self.peak = peak
  }

  /// How much larger the block is than its lower bound: 1 is the best there can be.
  package var ratio: Double { peak.bytes == 0 ? 1 : Double(total) / Double(peak.bytes) }
}
