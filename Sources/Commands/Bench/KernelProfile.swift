import Loops
import PlanFile

/// How long each invocation of a plan took.
struct KernelProfile {
  let schedule: Schedule
  /// Nanoseconds, by invocation.
  let times: [Int]

  /// GFLOP/s of the convolutions of one pass; 0 where there are none.
  func rate(of role: Contraction.Role) -> Double {
    var (flops, nanoseconds) = (0, 0)
    for (step, time) in zip(schedule.steps, times) where schedule.kernels[step.kernel].role == role.rawValue {
      flops += schedule.kernels[step.kernel].flops
      nanoseconds += time
    }
    return nanoseconds == 0 ? 0 : Double(flops) / Double(nanoseconds)
  }

  /// The `count` slowest invocations, with their share of the time and how fast they compute, or where they compute no product, pass over their buffers.
  func table(slowest count: Int) -> String {
    let total = Double(max(1, times.reduce(0, +)))
    var table = TextTable(["operation", "route", "pass", "ms", "share", "rate"], leftAligned: 3)
    for number in times.indices.sorted(by: { (times[$1], $0) < (times[$0], $1) }).prefix(count) {
      let (step, time) = (schedule.steps[number], times[number])
      let kernel = schedule.kernels[step.kernel]
      let bytes = step.buffers.reduce(0) { $0 + $1.bytes }
      let perNanosecond = Double(kernel.flops > 0 ? kernel.flops : bytes) / Double(max(1, time))
      table.add([
        step.label, kernel.route, kernel.role, (Double(time) / 1e6).text(3), (100 * Double(time) / total).text(1) + " %",
        perNanosecond.text(1) + (kernel.flops > 0 ? " GFLOP/s" : " GB/s"),
      ])
    }
    return table.text
  }
}
