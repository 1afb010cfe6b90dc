import Compiler
import Graph
import Operations
import Passes
import Support
import Vergence

/// The verb that compares a model's numbers with another framework's, or with finite differences.
let verifyVerb = Verb(
  "verify", "compare a model's numbers with a fixture's, or its gradients with finite differences; exit code 1 where they differ",
  arguments: [ArgumentSpec("MODEL", "a shipped model's name, a .vir file, or a .swift file of your own")],
  options: [
    OptionSpec("fixture", .text("F.safetensors"), "what another framework computed; the model's options come from its metadata"),
    OptionSpec(flag: "gradcheck", "compares gradients with central differences in double precision"),
    OptionSpec(flag: "evaluator", "also runs the fixture's steps in double precision, without compiling"),
    OptionSpec("set", .setting(example: "width=64"), "gives one of the model's options a value", repeatable: true),
    OptionSpec("batch", .integer(1...1_000_000), "images a step, for '--gradcheck'", default: "3"),
    OptionSpec("samples", .integer(1...1_000_000), "elements of each parameter that '--gradcheck' moves", default: "2"),
    OptionSpec("seed", .integer(0...Int(UInt32.max)), "what '--gradcheck' draws its state and inputs by", default: "0"),
    .threads,
  ] + OptionSpec.ofCompiler,
  examples: [
    "vergence verify amdim --fixture amdim32.safetensors --products blas --threads 2",
    "vergence verify amdim --gradcheck --set width=4 --set embedding=16 --set depth=1",
  ]
) { arguments, output in
  if !arguments.flag("gradcheck") { try arguments.refuse(["batch", "samples", "seed"], "is for '--gradcheck'") }
  let model = try ModelSource.resolve(arguments.text("MODEL"))
  if case .program(let path, _) = model { try arguments.refuseBatch(ofTextualGraph: path) }
  var options = try arguments.compilerOptions()
  if arguments.flag("gradcheck"), options.precision == .bf16 {
    throw Diagnostic("'--gradcheck' needs f32: differences of numbers with 8 bits tell nothing of a gradient", hint: "leave out '--precision bf16'")
  }
  options.exposesGradients = true
  let verification = Verification(
    model: model, settings: arguments.settings("set"), options: options, threads: arguments.integer(ifGiven: "threads"), note: { output.warn($0) })
  var checks: [Check] = []
  func report(_ check: Check) {
    output.say("\(check.title): \(check.findings.agrees ? "agrees" : "DIFFERS")\n\(check.findings.text)")
    checks.append(check)
  }
  if let path = arguments.text(ifGiven: "fixture") {
    let fixture = try PublishedFixture(path)
    report(Check(title: "\(path), compiled, products by \(options.products.rawValue)", findings: try verification.compiled(fixture)))
    if arguments.flag("evaluator") { report(Check(title: "\(path), in double precision", findings: try verification.evaluated(fixture))) }
  } else if arguments.flag("evaluator") {
    throw Diagnostic("'--evaluator' needs a fixture to compare with", hint: "--fixture F.safetensors")
  }
  if arguments.flag("gradcheck") {
    let findings = try verification.gradients(
      batch: arguments.integer("batch"), samples: arguments.integer("samples"), seed: arguments.integer("seed"),
      GradientProgress(ProgressLine(output)))
    report(Check(title: "gradients against central differences", findings: findings))
  }
  guard !checks.isEmpty else { throw Diagnostic("there is nothing to compare with", hint: "give '--fixture F.safetensors' or '--gradcheck'") }
  let agrees = checks.allSatisfy(\.findings.agrees)
  try output.emit(json: VerificationReport(agrees: agrees, checks: checks))
  return agrees ? .done : .failed
}

/// What one run of a model was found to be.
private struct Check: Encodable {
  let title: String
  let findings: Findings

  enum CodingKeys: String, CodingKey { case title, agrees, worst, strays, tensors }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(title, forKey: .title)
    try container.encode(findings.agrees, forKey: .agrees)
    try container.encode(findings.worst.map(\.comparison), forKey: .worst)
    try container.encode(findings.strays, forKey: .strays)
    try container.encode(findings.comparisons.count, forKey: .tensors)
  }
}

/// What `verify --json` prints.
private struct VerificationReport: Encodable {
  let agrees: Bool
  let checks: [Check]
}

/// A model and how its numbers are made.
private struct Verification {
  let model: ModelSource
  let settings: [String: String]
  let options: CompilerOptions
  let threads: Int?
  /// Where warnings go.
  let note: (String) -> Void

  /// Compares compiled steps with `fixture`.
  func compiled(_ fixture: PublishedFixture) throws -> Findings {
    let (training, inference) = try programs(of: fixture)
    var step = try route(training, .training)
    var frozen = try route(inference, .inference(outputs: nil))
    return try check(fixture, training).run(&step, &frozen)
  }

  /// Compares steps in double precision with `fixture`.
  func evaluated(_ fixture: PublishedFixture) throws -> Findings {
    let (training, inference) = try programs(of: fixture)
    var compiler = Compiler(options)
    var step = EvaluatedRoute(try compiler.stepGraph(of: training, for: .training))
    var frozen = EvaluatedRoute(try compiler.stepGraph(of: inference, for: .inference(outputs: nil)))
    return try check(fixture, training).run(&step, &frozen)
  }

  /// Compares gradients with differences.
  func gradients(batch: Int, samples: Int, seed: Int, _ progress: GradientProgress) throws -> Findings {
    // Also where it ends in an error, which needs a line of its own.
    defer { progress.end() }
    let program = try model.program(options: settings, batch: batch)
    progress.begin("the loss in double precision")
    let check = try GradientCheck(program, samples: samples, seed: UInt32(seed))
    progress.begin("compiling the step")
    var step = try route(program, .training)
    return try check.run(compiled: &step, progress: progress)
  }

  private func check(_ fixture: PublishedFixture, _ program: Program) throws -> FixtureCheck {
    try FixtureCheck(fixture, parameters: program.graph.parameterNames, state: Set(program.graph.stateTypes.keys))
  }

  /// The model as the fixture was made: its options, and its draws fed.
  private func programs(of fixture: PublishedFixture) throws -> (training: Program, inference: Program) {
    let settings = fixture.options(among: try model.options().map(\.name)).merging(self.settings) { $1 }
    func program(_ mode: Mode) throws -> Program {
      try pinDraws(model.program(options: settings, batch: fixture.batch, mode: mode), Set(fixture.drawnSides.map { "location\($0)" }))
    }
    return (try program(.training), try program(.inference))
  }

  private func route(_ program: Program, _ purpose: Compiler.Purpose) throws -> CompiledRoute {
    var compiler = Compiler(options)
    return try CompiledRoute(try compiler.plan(of: program, for: purpose, note: note), threads: threads)
  }
}
