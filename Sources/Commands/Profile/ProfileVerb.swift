import Foundation
import PlanFile
import Runtime
import Support

/// The verb that writes when each thread did what.
let profileVerb = Verb(
  "profile", "write a trace of some steps, for Chrome's or Perfetto's viewer",
  arguments: [ArgumentSpec("MODEL", "a plan file, a shipped model's name, a .vir file, or a .swift file of your own", count: .optional)],
  options: [
    OptionSpec("out", short: "o", .text("FILE.json"), "the trace", default: "trace.json"),
    OptionSpec("steps", .integer(1...1000), "steps that are traced, after some that are not", default: "3"),
    .threads, .from,
  ] + OptionSpec.ofModel + OptionSpec.ofCompiler,
  examples: ["vergence profile pair --batch 64 -o pair.json"]
) { arguments, output in
  try arguments.requireUsableOutput()
  let plan = try benchedPlan(arguments, output)
  let executor = try benchedExecutor(plan, at: try arguments.modelName(), arguments)
  let spans = try executor.reportingMistakes { () throws(NonFiniteLoss) in
    try executor.warmUp()
    return try executor.trace(steps: arguments.integer("steps"))
  }
  let trace = Trace(spans, of: executor.plan.schedule, threads: executor.threads, name: executor.plan.manifest.name)
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  let path = arguments.text("out")
  try writeAtomically(encoder.encode(trace), to: path)
  output.say(
    "\(trace.traceEvents.count) events of \(counted(arguments.integer("steps"), "step")) on \(counted(executor.threads, "thread")) in '\(path)': "
      + "open it in ui.perfetto.dev"
  )
  try output.emit(json: ["events": trace.traceEvents.count, "threads": executor.threads, "steps": arguments.integer("steps")])
  return .done
}
