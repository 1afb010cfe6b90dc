import Foundation
import Planning
import Support
import Testing

/// The smallest total of `ranges`, by trying every order of dropping them onto each other.
private func smallestTotal(of ranges: [LiveRange]) -> Int {
  var best = Int.max
  func drop(_ rest: [LiveRange], onto placed: [(range: LiveRange, end: Int)], top: Int) {
    if top >= best { return }
    if rest.isEmpty { best = top }
    for (i, range) in rest.enumerated() {
      let floor = placed.filter { $0.range.steps.overlaps(range.steps) }.map(\.end).max() ?? 0
      var others = rest
      others.remove(at: i)
      drop(others, onto: placed + [(range, floor + range.size)], top: max(top, floor + range.size))
    }
  }
  drop(ranges, onto: [], top: 0)
  return best
}

@Suite struct PackTests {
  @Test func findsTheSmallestTotalOfTinyPrograms() {
    for seed in 0..<300 {
      let ranges = randomRanges(2 + seed % 6, seed: seed, sizes: 1...9, steps: 8)
      let plan = pack(ranges, alignment: 1, effort: .thorough)
      let smallest = smallestTotal(of: ranges)
      #expect(plan.flaw(for: ranges) == nil)
      #expect(plan.total == smallest, "seed \(seed)")
    }
  }

  @Test(arguments: [1, 64, 4096])
  func plansAreFlawlessAndRepeatable(alignment: Int) {
    for seed in 0..<20 {
      let ranges = randomRanges(120, seed: seed, sizes: 1...5000, steps: 60)
      let plan = pack(ranges, alignment: alignment)
      #expect(plan.flaw(for: ranges) == nil)
      #expect(plan.ratio >= 1 && plan.ratio < 1.2, "seed \(seed): \(plan.ratio)")
      #expect(pack(ranges, alignment: alignment) == plan)
    }
  }

  @Test(arguments: [100, 300, 550])
  func trainingStepsComeNearTheirLowerBound(layers: Int) {
    for seed in 0..<3 {
      let ranges = trainingRanges(layers: layers, seed: seed)
      let plan = pack(ranges)
      #expect(plan.flaw(for: ranges) == nil)
      #expect(plan.ratio <= 1.02, "\(ranges.count) buffers, seed \(seed): \(plan.ratio)")
    }
  }

  @Test func packsNothing() {
    let plan = pack([])
    #expect(plan.total == 0 && plan.ratio == 1 && plan.flaw(for: []) == nil)
  }

  @Test func alignsAndReusesWhatIsFree() {
    let ranges = [
      LiveRange(BufferID(index: 7), size: 100, steps: 0..<2), LiveRange(BufferID(index: 3), size: 10, steps: 1..<3),
      LiveRange(BufferID(index: 5), size: 128, steps: 2..<4),
    ]
    let plan = pack(ranges)
    #expect(plan.total == 192)
    #expect(plan.peak == Peak(step: 1, bytes: 192))
  }

  @Test func stopsAtTheCapacityItIsGiven() {
    let ranges = randomRanges(100, seed: 1, sizes: 1...100, steps: 20)
    let loose = pack(ranges, alignment: 1, capacity: 1 << 40)
    #expect(loose.flaw(for: ranges) == nil)
    #expect(pack(ranges, alignment: 1).total <= loose.total)
  }
}

/// Public cases that are hard on purpose and fit 1,048,576 bytes.
@Suite struct HardCaseTests {
  @Test(arguments: ["A", "C", "E"])
  func fitsTheCapacity(name: String) throws {
    let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared/planner/\(name).1048576.csv").standardizedFileURL.path
    guard FileManager.default.fileExists(atPath: path) else {
      print("SKIPPED: no hard case at \(path)")
      return
    }
    let table = try LiveRangeTable(csv: String(decoding: try readFile(path), as: UTF8.self), source: path)
    let plan = pack(table.ranges, alignment: 1, capacity: 1_048_576, effort: .thorough)
    #expect(plan.flaw(for: table.ranges) == nil)
    #expect(plan.peak.bytes <= 1_048_576)
    #expect(plan.total <= 1_048_576)
  }
}
