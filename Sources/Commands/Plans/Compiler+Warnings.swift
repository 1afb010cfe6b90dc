import Compiler
import Graph
import PlanFile
import Support

extension Compiler {
  /// Compiles all of `program`, and tells `note` what the user should know of the plan.
  ///
  /// - Requires: the options stop at no pass.
  /// - Errors: see `compile`.
  mutating func plan(of program: Program, for purpose: Purpose, note: (String) -> Void) throws -> Plan {
    let plan = try compile(program, for: purpose)
    for warning in report.warnings { note(warning.description(as: "warning")) }
    guard let plan else { preconditionFailure("no pass was named to stop at") }
    return plan
  }
}
