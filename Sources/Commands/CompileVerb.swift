import Compiler
import Foundation
import Graph
import PlanFile
import Support
import Vergence

/// The verb that makes a plan of a model.
let compileVerb = Verb(
  "compile", "compile a model to a plan: machine code, schedule and memory map in one file",
  arguments: [ArgumentSpec("MODEL", "a shipped model's name, a .vir file, or a .swift file of your own", kind: .text("MODEL"), count: .optional)],
  options: [OptionSpec("out", short: "o", .text("FILE.plan"), "writes the plan here"), .from] + OptionSpec.ofModel + OptionSpec.ofCompiler + [
    OptionSpec("mode", .choice(["training", "inference"]), "what is compiled: a training step, or the frozen model", default: "training"),
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
  var options = try arguments.compilerOptions()
  options.printAfter = Set(arguments.texts("print-after"))
  options.stopAfter = arguments.text(ifGiven: "stop-after")
  options.threads = arguments.integer(ifGiven: "threads")
  var compiler = Compiler(options, print: { output.say($0) })
  let isTraining = arguments.text("mode") == "training"
  let program = try arguments.program(of: try arguments.modelName(), mode: isTraining ? .training : .inference)
  // A textual graph without a recipe can only be run.
  let purpose: Compiler.Purpose = isTraining && program.training != nil ? .training : .inference(outputs: nil)
  let plan = try compiler.compile(program, for: purpose)
  for warning in compiler.report.warnings { output.warn(warning.description(as: "warning")) }
  guard let plan else { return .done }

  if let path = arguments.text(ifGiven: "out") { try plan.write(to: path) }
  let report = CompilationSummary(plan, compiler.report, path: arguments.text(ifGiven: "out"))
  output.say(report.headline)
  if arguments.flag("report") { output.say(report.details) }
  if arguments.flag("report") || arguments.flag("time-passes") { output.say(report.passTable) }
  try output.emit(json: report)
  return .done
}
