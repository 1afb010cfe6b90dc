import PlanFile

/// What a plan's kernels of one route do in a step.
struct RouteSummary: Encodable {
  let route: String
  /// The pass of a convolution, `product`, or nothing.
  let role: String
  var invocations = 0
  var gflop = 0.0
  /// The bytes of all buffers that they read or write.
  var bytes = 0

  /// The routes in `schedule`, those with the most work first.
  static func all(of schedule: Schedule) -> [RouteSummary] {
    var summaries: [[String]: RouteSummary] = [:]
    for step in schedule.steps {
      let kernel = schedule.kernels[step.kernel]
      var summary = summaries[[kernel.route, kernel.role]] ?? RouteSummary(route: kernel.route, role: kernel.role)
      summary.invocations += 1
      summary.gflop += Double(kernel.flops) / 1e9
      summary.bytes += step.buffers.reduce(0) { $0 + $1.bytes }
      summaries[[kernel.route, kernel.role]] = summary
    }
    return summaries.values.sorted { ($1.gflop, $1.bytes, $0.route, $0.role) < ($0.gflop, $0.bytes, $1.route, $1.role) }
  }

  /// The routes as a table's lines.
  static func table(_ summaries: [RouteSummary]) -> String {
    var table = TextTable(["route", "pass", "calls", "GFLOP", "MB"], leftAligned: 2)
    for row in summaries {
      table.add([row.route, row.role, "\(row.invocations)", row.gflop == 0 ? "" : row.gflop.text(3), (Double(row.bytes) / 1e6).text(2)])
    }
    return table.text
  }
}
