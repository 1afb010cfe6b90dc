import Compiler
import Graph
import LLVM
import Loops
import Passes
import PlanFile
import Runtime
import Support

/// The verb that times a step and its kernels.
let benchVerb = Verb(
  "bench", "time a model's step and its kernels, beside the machine's peak",
  arguments: [ArgumentSpec("MODEL", "a plan file, a shipped model's name, a .vir file, or a .swift file of your own", count: .optional)],
  options: [
    OptionSpec(
      "steps", .integer(1...1_000_000), "steps that are timed, after some that are not; with --beside also how many turns are", default: "10"),
    OptionSpec("kernels", .integer(1...1_000_000), "also shows this many of the slowest invocations"),
    OptionSpec("beside", .text("FILE.plan"), "also times steps of this plan in turns with those of MODEL, and tells the quotient"),
    .threads, .from,
  ] + OptionSpec.ofModel + OptionSpec.ofCompiler,
  examples: [
    "vergence bench amdim --set width=32 --set embedding=256 --set depth=2 --batch 100 --threads 2", "vergence bench amdim.plan --kernels 20 --json",
    "vergence bench new.plan --beside old.plan --steps 40",
  ]
) { arguments, output in
  let other = try arguments.text(ifGiven: "beside").map { path in
    guard isPlan(path) else { throw Diagnostic("'\(path)' is no plan", hint: "'vergence compile MODEL -o FILE.plan' makes one") }
    return (path: path, plan: try loadPlan(path, note: { output.warn($0) }))
  }
  var made: Plan?
  let compiling = try Timing(1) { made = try benchedPlan(arguments, output) }
  var ready: Executor?
  let preparing = try Timing(1) {
    // Given away: once the code is loaded, its text would count as resident.
    if let plan = made.take() { ready = try benchedExecutor(consume plan, at: try arguments.modelName(), arguments) }
  }
  guard let executor = ready else { preconditionFailure("nothing stops this compilation") }
  let plan = executor.plan

  let steps = arguments.integer("steps")
  let precision = Precision(rawValue: plan.manifest.options["precision"] ?? "") ?? .f32
  let meter = try PeakMeter(of: plan.target, precision: precision, threads: executor.threads)
  let (timing, profile) = try executor.reportingMistakes { () throws(NonFiniteLoss) in
    try executor.warmUp()
    var profiles: [[Int]] = []
    let timing = try Timing(steps) { () throws(NonFiniteLoss) in
      try executor.step()
    } pause: { () throws(NonFiniteLoss) in
      try meter.takeTurn()
      if profiles.count < mostProfiled { profiles.append(try executor.profileStep()) }
    }
    return (timing, KernelProfile(schedule: plan.schedule, steps: profiles))
  }
  let resident = ProcessMemory.current()?.resident
  let paired = try other.map { other in
    let second = try benchedExecutor(other.plan, at: other.path, arguments)
    if let difference = plan.difference(from: second.plan, at: other.path) { output.warn("note: \(difference); the quotient is of their steps") }
    return try PairedTiming(of: executor, beside: second, at: other.path, pairs: steps)
  }
  let report = BenchReport(
    stepMillisecondsMedian: timing.median * 1000, stepMillisecondsMean: timing.mean * 1000, stepMillisecondsMinimum: timing.minimum * 1000,
    imagesPerSecond: plan.imagesPerStep.map { Double($0) / timing.median },
    peak: meter.best, peakBeside: meter.mean,
    convolutions: BenchReport.ByPass(
      forward: profile.rate(of: .convolutionForward), toData: profile.rate(of: .convolutionToData), toWeights: profile.rate(of: .convolutionToWeights)
    ),
    bandwidth: try measuredBandwidth(of: plan.target, threads: executor.threads), largeLoops: profile.rateOfLargeLoops,
    plannedBytes: plan.manifest.arenaBytes, lowerBoundBytes: plan.manifest.lowerBoundBytes, residentBytes: resident,
    compileSeconds: compiling.median, readySeconds: compiling.median + preparing.median, threads: executor.threads, precision: precision.rawValue,
    convolutionFlops: profile.convolutionFlops, kernels: arguments.integer(ifGiven: "kernels").map(profile.slowest), beside: paired)
  output.say(report.text)
  if let count = arguments.integer(ifGiven: "kernels") { output.say("slowest invocations:\n" + profile.table(slowest: count)) }
  try output.emit(json: report)
  return .done
}

/// The steps of a bench of which the invocations are timed, too: enough for a mean.
private let mostProfiled = 200

/// The plan that MODEL names or compiles to.
func benchedPlan(_ arguments: ParsedArguments, _ output: Output) throws -> Plan {
  let name = try arguments.modelName()
  if isPlan(name) {
    try arguments.refuseOptions(fixedInPlan: name)
    return try loadPlan(name, note: { output.warn($0) })
  }
  let (program, purpose) = try arguments.program(of: name)
  var compiler = Compiler(try arguments.compilerOptions())
  return try compiler.plan(of: program, for: purpose, note: { output.warn($0) })
}

/// An executor of `plan`, of the file or the model that is called `name`, with random inputs and its initial state.
///
/// - Errors: the plan's machine code is damaged.
func benchedExecutor(_ plan: consuming Plan, at name: String, _ arguments: ParsedArguments) throws -> Executor {
  let threads = arguments.integer(ifGiven: "threads") ?? plan.manifest.requestedThreads
  let executor: Executor
  do { executor = try Executor(plan: consume plan, threads: threads) } catch let problem as Diagnostic { throw problem.inPlan(at: name) }
  executor.initialize(seed: 0)
  let manifest = executor.plan.manifest
  let inputs = RandomInputs(seed: 0, hyperparameters: manifest.hyperparameters)
  for input in manifest.inputs { try executor.feed(input.name, inputs.tensor(input.name, input.type)) }
  return executor
}

extension Plan {
  /// The machine that the plan was compiled for.
  fileprivate var target: TargetMachine { TargetMachine(triple: manifest.triple, features: manifest.features, tuning: manifest.tuning) }

  /// In which way its steps are other work than those of `other`, the plan at `path`; `nil` where both do the same to as many images.
  fileprivate func difference(from other: Plan, at path: String) -> String? {
    let purposes = [other, self].map { $0.manifest.options["purpose"] ?? "" }
    if purposes[0] != purposes[1] { return "'\(path)' is for \(purposes[0]), and this plan for \(purposes[1])" }
    guard let own = imagesPerStep, let images = other.imagesPerStep, own != images else { return nil }
    return "a step of '\(path)' is of \(counted(images, "image")), and one of this plan of \(own)"
  }

  /// The images that a step looks at, each in several views: the second extent of the views; `nil` in a graph that has no such input.
  fileprivate var imagesPerStep: Int? {
    guard let views = manifest.inputs.first(where: { $0.name == "views" }), views.shape.count > 1 else { return nil }
    return views.shape[1]
  }
}
