import Compiler
import Graph
import LLVM
import Operations
import Passes
import PlanFile
import Support

/// The verb that shows a program at one of its stages.
let dumpVerb = Verb(
  "dump", "show a model or a plan at a stage of its compilation",
  arguments: [ArgumentSpec("MODEL", "a plan file, a shipped model's name, a .vir file, or a .swift file of your own", count: .optional)],
  options: [
    OptionSpec("stage", .choice(DumpStage.allCases.map(\.rawValue)), "what is shown", default: "training"),
    OptionSpec("format", .choice(["text", "dot"]), "text, or a picture for Graphviz of a graph", default: "text"),
    OptionSpec(flag: "positions", "ends each operation of a graph with its line in the model"), .from,
  ] + OptionSpec.ofModel + OptionSpec.ofCompiler,
  examples: [
    "vergence dump amdim --stage graph --set depth=1", "vergence dump amdim.plan --stage plan",
    "vergence dump pair --stage training --format dot > pair.dot",
  ]
) { arguments, output in
  guard let stage = DumpStage(rawValue: arguments.text("stage")) else { preconditionFailure("the options allow no other") }
  let isDot = arguments.text("format") == "dot"
  guard !isDot || stage.isGraph else {
    throw Diagnostic("'--format dot' draws graphs, not the stage '\(stage.rawValue)'", hint: "--stage graph or training")
  }
  if isDot || !stage.isGraph {
    try arguments.refuse(["positions"], "is for graphs as text") { _ in "leave it out, or give '--stage graph' or 'training' without '--format dot'" }
  }
  let text = try Dump(arguments).text(stage, isDot: isDot, positions: arguments.flag("positions"), note: { output.warn($0) })
  output.say(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  try output.emit(json: ["stage": stage.rawValue, "text": text])
  return .done
}

/// The stages that a program can be shown at, in their order.
enum DumpStage: String, CaseIterable {
  /// What the model computes.
  case graph
  /// The whole step, after the passes over graphs.
  case training
  /// The kernels, after theirs.
  case kernels
  /// The schedule, with every buffer's place.
  case plan
  /// The kernels as they are given to LLVM, and as LLVM compiles them.
  case llvm, asm

  var isGraph: Bool { self == .graph || self == .training }
}

/// A program, with all that is needed to compile it.
private struct Dump {
  let program: Program
  let purpose: Compiler.Purpose
  let options: CompilerOptions
  /// The finished plan, where that is what was given.
  let plan: Plan?

  init(_ arguments: ParsedArguments) throws {
    let name = try arguments.modelName()
    if isPlan(name) {
      try arguments.refuseOptions(fixedInPlan: name)
      let plan = try Plan(reading: name)
      self.plan = plan
      program = try Program(parsing: plan.program, file: "\(name): graph.vir", operations: Catalogue.names)
      purpose = plan.manifest.purpose
      let target = TargetMachine(triple: plan.manifest.triple, features: plan.manifest.features, tuning: plan.manifest.tuning)
      options = try CompilerOptions(recordedIn: plan.manifest, for: target).caching()
    } else {
      plan = nil
      (program, purpose) = try arguments.program(of: name)
      options = try arguments.compilerOptions()
    }
  }

  func text(_ stage: DumpStage, isDot: Bool, positions: Bool, note: (String) -> Void) throws -> String {
    var compiler = Compiler(options)
    switch stage {
    case .graph: return isDot ? program.graph.dot() : program.text(positions: positions)
    case .training:
      let graph = try made(compiler.optimizedGraph(of: program, for: purpose))
      return isDot ? graph.dot() : graph.text(positions: positions)
    case .kernels:
      let graph = try made(compiler.optimizedGraph(of: program, for: purpose))
      return try made(compiler.kernelGraph(of: graph)).text()
    case .plan: return try finishedPlan(note: note).listing
    case .llvm: return try finishedPlan(note: note).llvm
    case .asm: return try LLVM.assembly(of: finishedPlan(note: note).llvm, for: options.target)
    }
  }

  private func finishedPlan(note: (String) -> Void) throws -> Plan {
    if let plan { return plan }
    var compiler = Compiler(options)
    return try compiler.plan(of: program, for: purpose, note: note)
  }

  /// What a stage made; nothing stops these compilations.
  private func made<Stage>(_ stage: Stage?) -> Stage {
    guard let stage else { preconditionFailure("a compilation stopped that nobody told to") }
    return stage
  }
}
