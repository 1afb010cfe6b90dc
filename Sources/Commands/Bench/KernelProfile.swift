import Loops
import PlanFile

/// How long each invocation of a plan took in some steps.
struct KernelProfile {
  let schedule: Schedule
  /// The median and the mean of an invocation's nanoseconds: what it usually takes, and what can be summed up and divided.
  let medians: [Int]
  private let means: [Double]

  /// A profile of some steps, one at least, of which each has the times of the invocations of `schedule` in nanoseconds.
  init(schedule: Schedule, steps: [[Int]]) {
    self.schedule = schedule
    let times = schedule.steps.indices.map { invocation in steps.map { $0[invocation] }.sorted() }
    medians = times.map { $0[steps.count / 2] }
    means = times.map { Double($0.reduce(0, +)) / Double(steps.count) }
  }

  /// GFLOP/s of the convolutions of one pass; 0 where there are none.
  func rate(of role: Contraction.Role) -> Double {
    var (flops, nanoseconds) = (0, 0.0)
    for (step, time) in zip(schedule.steps, means) where schedule.kernels[step.kernel].role == role.rawValue {
      flops += schedule.kernels[step.kernel].flops
      nanoseconds += time
    }
    return nanoseconds == 0 ? 0 : Double(flops) / nanoseconds
  }

  /// Bytes from which on a loop kernel counts as bound by memory: more than a core's own caches hold.
  private static let large = 2 << 20

  /// GB/s of the loop kernels that pass over large tensors; 0 where there are none.
  var rateOfLargeLoops: Double {
    var (bytes, nanoseconds) = (0, 0.0)
    for (step, time) in zip(schedule.steps, means) where schedule.kernels[step.kernel].flops == 0 {
      let touched = step.buffers.reduce(0) { $0 + $1.bytes }
      guard touched >= KernelProfile.large else { continue }
      bytes += touched
      nanoseconds += time
    }
    return nanoseconds == 0 ? 0 : Double(bytes) / nanoseconds
  }

  /// The multiplications and additions of the convolutions in a step.
  var convolutionFlops: Int {
    let roles: [Contraction.Role] = [.convolutionForward, .convolutionToData, .convolutionToWeights]
    return schedule.steps.map { schedule.kernels[$0.kernel] }.filter { kernel in roles.contains { $0.rawValue == kernel.role } }.reduce(0) {
      $0 + $1.flops
    }
  }

  /// An invocation and how fast it is.
  struct Entry: Encodable {
    let operation: String
    let route: String
    let pass: String
    let milliseconds: Double
    let share: Double
    let flops: Int
    let bytes: Int

    enum CodingKeys: String, CodingKey {
      case operation, route, pass
      case milliseconds = "ms"
      case share, flops, bytes
    }
  }

  /// The `count` slowest invocations.
  func slowest(_ count: Int) -> [Entry] {
    let total = Double(max(1, medians.reduce(0, +)))
    return medians.indices.sorted(by: { (medians[$1], $0) < (medians[$0], $1) }).prefix(count).map { number in
      let step = schedule.steps[number]
      let kernel = schedule.kernels[step.kernel]
      return Entry(
        operation: step.label, route: kernel.route, pass: kernel.role, milliseconds: Double(medians[number]) / 1e6,
        share: Double(medians[number]) / total,
        flops: kernel.flops, bytes: step.buffers.reduce(0) { $0 + $1.bytes })
    }
  }

  /// The same as a table; what computes no product is told by how fast it passes over its buffers.
  func table(slowest count: Int) -> String {
    var table = TextTable(["operation", "route", "pass", "ms", "share", "rate"], leftAligned: 3)
    for entry in slowest(count) {
      let perNanosecond = Double(entry.flops > 0 ? entry.flops : entry.bytes) / max(1, 1e6 * entry.milliseconds)
      table.add([
        entry.operation, entry.route, entry.pass, entry.milliseconds.text(3), (100 * entry.share).text(1) + " %",
        perNanosecond.text(1) + (entry.flops > 0 ? " GFLOP/s" : " GB/s"),
      ])
    }
    return table.text
  }
}
