/// The files inside a plan, in the order they are written in.
enum PlanMember: String, CaseIterable {
  case manifest = "manifest.json"
  case program = "graph.vir"
  case schedule = "schedule.json"
  case object = "kernels.o"
  case llvm = "kernels.ll"

  /// The most bytes that the members may have together: far above any plan's, and far below what would exhaust a machine.
  static let byteLimit = 1 << 30
}
