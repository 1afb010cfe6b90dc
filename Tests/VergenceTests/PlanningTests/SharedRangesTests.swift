import Planning
import Testing

@Suite struct SharedRangesTests {
  private func id(_ index: Int) -> BufferID { BufferID(index: index) }

  @Test func mergesChainsIntoOneBlock() {
    let ranges = [
      LiveRange(id(0), size: 64, steps: 0..<2), LiveRange(id(1), size: 128, steps: 2..<5), LiveRange(id(2), size: 32, steps: 5..<6),
      LiveRange(id(3), size: 64, steps: 1..<6),
    ]
    var shared = SharedRanges(ranges)
    shared.share(id(2), with: id(1))
    shared.share(id(1), with: id(0))
    shared.share(id(2), with: id(0))
    #expect(shared.merged == [LiveRange(id(0), size: 128, steps: 0..<6), ranges[3]])
    #expect(shared.block(of: id(2)) == id(0) && shared.block(of: id(3)) == id(3))

    let plan = shared.spread(pack(shared.merged))
    #expect(plan.offsets.count == 4)
    #expect(plan.offsets[id(0)] == plan.offsets[id(1)] && plan.offsets[id(1)] == plan.offsets[id(2)])
    #expect(plan.total == 192)
    #expect(plan.flaw(for: ranges) == nil)
  }
}
