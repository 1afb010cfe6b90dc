/// The files inside a plan, in the order they are written in.
enum PlanMember: String, CaseIterable {
  case manifest = "manifest.json"
  case program = "graph.vir"
  case schedule = "schedule.json"
  // The kernels are compiled side by side, so their machine code comes in parts.
  case object0 = "kernels.0.o"
  case object1 = "kernels.1.o"
  case object2 = "kernels.2.o"
  case object3 = "kernels.3.o"
  case llvm = "kernels.ll"

  /// The parts of the machine code.
  static let objects: [PlanMember] = [.object0, .object1, .object2, .object3]

  /// The most bytes that the members may have together: far above any plan's, and far below what would exhaust a machine.
  static let byteLimit = 1 << 30
}
