import Compiler
import Graph
import LLVM
import Operations
import PlanFile
import Support

/// Reads what runs of the plan in the file at `path`, and compiles it again from its program when this machine can't run its code.
///
/// - Parameters:
///   - host: the machine that is to run it.
///   - note: gets a line when it is compiled again.
/// - Errors: see `Plan.init(reading:)`; the program no longer compiles.
package func loadPlan(_ path: String, for host: TargetMachine = .host(), note: (String) -> Void) throws -> Plan {
  let plan = try Plan(reading: path, .whatRuns)
  do {
    try plan.requireRunnable(on: host.triple, features: host.features)
    return plan
  } catch {
    note("note: in '\(path)', \(error.diagnostic.message); it is compiled again for this one")
  }
  let program = try Program(parsing: plan.program, file: "\(path): graph.vir", operations: Catalogue.names)
  var compiler = Compiler(try CompilerOptions(recordedIn: plan.manifest, for: host).caching())
  return try compiler.plan(of: program, for: plan.manifest.purpose, note: note)
}

/// Whether the file at `path` is meant as a plan.
func isPlan(_ path: String) -> Bool { path.hasSuffix(".plan") }
