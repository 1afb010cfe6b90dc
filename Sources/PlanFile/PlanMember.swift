/// The files inside a plan, in the order they are written in; the machine code follows them, a file a kernel.
enum PlanMember: String, CaseIterable {
  case manifest = "manifest.json"
  case program = "graph.vir"
  case schedule = "schedule.json"
  case llvm = "kernels.ll"

  /// The name of the machine code's object `number`.
  static func object(_ number: Int) -> String { "kernels/\(number).o" }

  /// The most objects of machine code, and the most bytes that all members may have together: far above any plan's, and far below what would exhaust a machine.
  static let objectLimit = 1 << 16
  static let byteLimit = 1 << 30
}
