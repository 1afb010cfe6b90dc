import Compiler
import Foundation
import Graph
import LLVM
import Operations
import PlanFile
import Support
import Training
import Vergence

/// What PLAN or MODEL on the command line of `train` stands for.
struct GivenModel {
  /// The training program.
  let program: Program
  /// Its text: what the run keeps, and what is compiled.
  let text: String
  /// The plan, where one was given; compiled again if this machine couldn't run it.
  let plan: Plan?
  /// How it is compiled.
  let options: CompilerOptions

  /// Reads the plan or makes the model called `name`, with the options in `arguments`, or `standard` ones where it isn't said.
  ///
  /// - Errors: see `Plan.init(reading:)` and `ModelSource`; an option that a plan has fixed; a program that isn't trained.
  init(
    _ name: String, _ arguments: ParsedArguments, standard: (options: [String: String], batch: Int) = ([:], RunRequest.standardBatch),
    note: (String) -> Void
  ) throws {
    if isPlan(name) {
      try arguments.refuseOptions(fixedInPlan: name)
      let plan = try loadPlan(name, note: note)
      let target = TargetMachine(triple: plan.manifest.triple, features: plan.manifest.features, tuning: plan.manifest.tuning)
      options = try CompilerOptions(recordedIn: plan.manifest, for: target).caching()
      self.plan = plan
      text = plan.program
    } else {
      options = try arguments.compilerOptions()
      let source = try ModelSource.resolve(name)
      var values = standard.options
      if case .program = source { values = [:] }
      let batch = arguments.integer(ifGiven: "batch") ?? standard.batch
      text = try source.program(options: values.merging(arguments.settings("set")) { $1 }, batch: batch, mode: .training).text(positions: true)
      plan = nil
    }
    program = try Program(parsing: text, file: name, operations: Catalogue.names)
    let feed = try ImageFeed(program)
    if let batch = arguments.integer(ifGiven: "batch"), batch != feed.batch {
      throw Diagnostic("'\(name)' is for batches of \(feed.batch), not \(batch)", hint: "leave --batch out, or give the model")
    }
    if let plan, !plan.manifest.outputs.contains(where: { $0.name == "learning_rate" }) {
      throw Diagnostic("the plan '\(name)' is no training step", hint: "compile it without '--mode inference'")
    }
  }
}
