import Compiler
import PlanFile
import Support
import Tensors

/// What `compile --report` says, and `compile --json` prints.
struct CompilationSummary: Encodable {
  let model: String
  let path: String?
  let kernels: Int
  let invocations: Int
  let routes: [RouteSummary]
  let plannedBytes: Int
  let lowerBoundBytes: Int
  /// Planned bytes over the lower bound.
  let ratio: Double
  let memory: MemoryReport
  let stateBytes: Int
  let seconds: Double
  /// Whether the plan was there already.
  private let wasKept: Bool
  let passes: [CompilerReport.Timing]
  /// What each kernel took to compile.
  let compiledKernels: [CompilerReport.CompiledKernel]
  let warnings: [String]

  enum CodingKeys: String, CodingKey {
    case model, path, kernels, invocations, routes, ratio, memory, seconds, passes, warnings
    case plannedBytes = "planned_bytes"
    case lowerBoundBytes = "lower_bound_bytes"
    case stateBytes = "state_bytes"
    case compiledKernels = "compiled_kernels"
  }

  init(_ plan: Plan, _ report: CompilerReport, path: String?) {
    model = plan.manifest.name
    self.path = path
    kernels = plan.schedule.kernels.count
    invocations = plan.schedule.steps.count
    routes = RouteSummary.all(of: plan.schedule)
    plannedBytes = plan.manifest.arenaBytes
    lowerBoundBytes = plan.manifest.lowerBoundBytes
    ratio = plan.manifest.memoryRatio
    memory = report.memory
    stateBytes = plan.manifest.state.reduce(0) { $0 + $1.type.byteCount }
    seconds = report.seconds
    wasKept = report.wasKept
    passes = report.timings
    compiledKernels = report.kernels
    warnings = report.warnings.map { $0.description(as: "warning") }
  }

  /// One line: what was made, and where it is.
  var headline: String {
    "\(wasKept ? "took" : "compiled") '\(model)' \(wasKept ? "from the cache " : "")in \(seconds.text(2)) s: \(counted(invocations, "invocation")) of \(counted(kernels, "kernel"))"
      + (path.map { ", in '\($0)'" } ?? "")
  }

  /// Routes and memory.
  var details: String {
    """
    kernels by route:
    \(RouteSummary.table(routes))
    memory:
      \(plannedBytes) bytes planned, at least \(lowerBoundBytes) are live at once: ratio \(ratio.text(4))
      \(counted(memory.sharedBuffers, "buffer")) took another's place; without any sharing it would be \(memory.unsharedBytes) bytes
      \(memory.keptBytes) bytes in \(counted(memory.keptBuffers, "buffer")) are kept for the backward pass
      \(memory.recomputedBytes) bytes are made again for it, by \(counted(memory.recomputed.reduce(0) { $0 + $1.invocations }, "invocation"))
      \(stateBytes) bytes of state
    """ + memory.tables
  }

  /// The time of each pass.
  var passTable: String {
    var table = TextTable(["pass", "ms"], leftAligned: 1)
    for timing in passes { table.add([timing.pass, (timing.seconds * 1000).text(1)]) }
    return "time by pass:\n" + table.text + "\n" + kernelTable
  }

  /// Kernels that are listed by their time.
  private static let listedKernels = 10

  /// The time of the kernels that took longest.
  private var kernelTable: String {
    let cached = compiledKernels.filter(\.cached).count
    let total = compiledKernels.reduce(0) { $0 + $1.seconds }
    var table = TextTable(["slowest to compile", "route", "pass", "ms"], leftAligned: 3)
    for kernel in compiledKernels.sorted(by: { $0.seconds > $1.seconds }).prefix(CompilationSummary.listedKernels) {
      table.add([kernel.symbol, kernel.route, kernel.pass, (kernel.seconds * 1000).text(1)])
    }
    return "kernels: \(cached) of \(compiledKernels.count) were in the cache; \((total * 1000).text(1)) ms of threads' time\n" + table.text
  }
}

extension Manifest {
  /// The arena's bytes over the largest sum of bytes live at once; 1 without any.
  var memoryRatio: Double { lowerBoundBytes == 0 ? 1 : Double(arenaBytes) / Double(lowerBoundBytes) }
}
