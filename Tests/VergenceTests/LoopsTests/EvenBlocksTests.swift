import Loops
import Testing

/// Axes cut into blocks that differ by one iteration at most.
@Suite struct EvenBlocksTests {
  @Test func everyExtentIsCoveredOnceByBlocksOfTwoSizes() {
    for extent in 1...60 {
      for limit in 1...20 {
        let blocks = EvenBlocks(of: extent, atMost: limit)
        #expect(blocks.count == (extent + limit - 1) / limit)
        #expect(blocks.size <= limit && blocks.larger >= 1 && blocks.larger <= blocks.count)
        #expect(blocks.sizes.reduce(0) { $0 + $1.size * $1.count } == extent)
        #expect(blocks.sizes.allSatisfy { $0.size >= 1 && $0.count >= 1 })
      }
    }
  }
}
