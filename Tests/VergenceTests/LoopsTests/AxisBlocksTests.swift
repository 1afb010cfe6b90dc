import Loops
import Testing

/// Axes cut into blocks of at most two sizes.
@Suite struct AxisBlocksTests {
  @Test func everyExtentIsCoveredOnceByBlocksOfTwoSizes() {
    for extent in 1...60 {
      for limit in 1...20 {
        let blocks = AxisBlocks(of: extent, atMost: limit)
        #expect(blocks.count == (extent + limit - 1) / limit)
        #expect(blocks.size <= limit && blocks.larger >= 1 && blocks.larger <= blocks.count)
        #expect(blocks.sizes.reduce(0) { $0 + $1.size * $1.count } == extent)
        #expect(blocks.sizes.allSatisfy { $0.size >= 1 && $0.count >= 1 })
      }
    }
  }
}
