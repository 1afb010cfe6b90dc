import Compiler
import Foundation
import Graph
import PlanFile
import Support

/// The verb that makes a plan of a model.
let compileVerb = Verb(
  "compile", "compile a model to a plan: machine code, schedule and memory map in one file",
  arguments: [ArgumentSpec("MODEL", "a shipped model's name, a .vir file, or a .swift file of your own", kind: .text("MODEL"), count: .optional)],
  options: [OptionSpec("out", short: "o", .text("FILE.plan"), "writes the plan here"), .from] + OptionSpec.ofModel + OptionSpec.ofCompiler + [
    .threads,
    OptionSpec(flag: "report", "shows routes, memory and the time of each pass"),
    OptionSpec("print-after", .text("PASS"), "prints the program after this pass, or after 'all'", repeatable: true),
    OptionSpec("stop-after", .text("PASS"), "stops after this pass, without a plan"),
    OptionSpec(flag: "time-passes", "shows the time of each pass"),
  ],
  examples: [
    "vergence compile amdim -o amdim.plan --set width=64 --batch 64 --report",
    "vergence compile My/Model.swift -o mine.plan --products blas",
    "vergence compile --from step.vir --print-after all --stop-after epilogues",
  ]
) { arguments, output in
  try arguments.requireUsableOutput()
  if arguments.text(ifGiven: "stop-after") != nil {
    try arguments.refuse(["out", "report", "time-passes"], "is for a whole plan, and '--stop-after' stops before there is one")
  }
  var options = try arguments.compilerOptions()
  options.printAfter = Set(arguments.texts("print-after"))
  options.stopAfter = arguments.text(ifGiven: "stop-after")
  options.threads = arguments.integer(ifGiven: "threads")
  // What is asked for here, passes tell.
  if ["report", "time-passes", "json"].contains(where: arguments.flag) { options.keepsPlans = false }
  var compiler = Compiler(options, print: { output.say($0) })
  let (program, purpose) = try arguments.program(of: try arguments.modelName())
  let plan = try compiler.compile(program, for: purpose, note: { output.warn($0) })
  guard let plan else {
    output.say("stopped after '\(arguments.text("stop-after"))', without a plan")
    return .done
  }
  let path = arguments.text(ifGiven: "out")
  if let path { try plan.write(to: path) }
  let report = CompilationSummary(plan, compiler.report, path: path)
  output.say(report.headline)
  if arguments.flag("report") { output.say(report.details) }
  if arguments.flag("report") || arguments.flag("time-passes") { output.say(report.passTable) }
  if path == nil { output.say("no plan was written: '-o \(report.model).plan' writes one") }
  try output.emit(json: report)
  return .done
}
