import Compiler
import Graph
import PlanFile
import Support

extension Compiler {
  /// Compiles `program`, and tells `note` what the user should know of the plan.
  ///
  /// - Errors: see `compile`.
  mutating func compile(_ program: Program, for purpose: Purpose, note: (String) -> Void) throws -> Plan? {
    let plan = try compile(program, for: purpose)
    for warning in report.warnings { note(warning.description(as: "warning")) }
    return plan
  }

  /// The same, with options that stop at no pass.
  mutating func plan(of program: Program, for purpose: Purpose, note: (String) -> Void) throws -> Plan {
    guard let plan = try compile(program, for: purpose, note: note) else { preconditionFailure("no pass was named to stop at") }
    return plan
  }
}
