import Planning
import Support
import Testing

@Suite struct VerifyTests {
  @Test func findsPlantedOverlaps() {
    var planted = 0
    for seed in 0..<50 {
      let ranges = randomRanges(60, seed: seed, sizes: 1...500, steps: 40)
      let plan = pack(ranges, alignment: 1)
      var draws = Draws(seed: 1000 + seed)
      let (a, b) = (ranges[draws.next(in: 0...59)], ranges[draws.next(in: 0...59)])
      guard a.id != b.id, a.steps.overlaps(b.steps), let offset = plan.offsets[a.id] else { continue }
      // One byte of the two is shared.
      var offsets = plan.offsets
      offsets[b.id] = offset + a.size - 1
      let damaged = MemoryPlan(offsets: offsets, total: plan.total + 1000, alignment: 1, peak: plan.peak)
      guard case .overlap = damaged.flaw(for: ranges) else {
        Issue.record("seed \(seed): \(damaged.flaw(for: ranges).map { "\($0)" } ?? "no flaw")")
        continue
      }
      planted += 1
    }
    #expect(planted > 10)
  }

  @Test func agreesWithComparingEveryPair() {
    var flawed = 0
    for seed in 0..<400 {
      let ranges = randomRanges(6, seed: seed, sizes: 1...8, steps: 8)
      var draws = Draws(seed: 5000 + seed)
      var offsets = [BufferID: Int]()
      for range in ranges { offsets[range.id] = draws.next(in: 0...40) }
      let plan = MemoryPlan(offsets: offsets, total: 48, alignment: 1, peak: peak(of: ranges))
      let overlaps = ranges.indices.contains { i in
        ranges[..<i].contains { other in
          let (a, b) = (offsets[other.id, default: 0], offsets[ranges[i].id, default: 0])
          return other.steps.overlaps(ranges[i].steps) && a < b + ranges[i].size && b < a + other.size
        }
      }
      #expect((plan.flaw(for: ranges) != nil) == overlaps, "seed \(seed)")
      if overlaps { flawed += 1 }
    }
    #expect((50..<350).contains(flawed))
  }

  @Test func findsWhatIsMissingMisalignedOrOutside() {
    let id = BufferID(index: 0)
    let ranges = [LiveRange(id, size: 10, steps: 0..<1)]
    func flaw(_ offsets: [BufferID: Int], total: Int) -> MemoryPlan.Flaw? {
      MemoryPlan(offsets: offsets, total: total, alignment: 8, peak: peak(of: ranges)).flaw(for: ranges)
    }
    #expect(flaw([:], total: 10) == .missing(id))
    #expect(flaw([id: 4], total: 20) == .misaligned(id))
    #expect(flaw([id: 8], total: 17) == .outside(id))
    #expect(flaw([id: -8], total: 17) == .outside(id))
    #expect(flaw([id: 0], total: 9) == .outside(id))
    #expect(flaw([id: 8], total: 18) == nil)
  }
}
