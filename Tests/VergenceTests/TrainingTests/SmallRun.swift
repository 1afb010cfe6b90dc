import Compiler
import Datasets
import Foundation
import Graph
import Hashing
import Operations
import PlanFile
import Runtime
import Support
import Testing
import Training
import Vergence

/// Short runs of `SmallNet` in a folder that is removed at the end.
final class SmallRun {
  let path = FileManager.default.temporaryDirectory.appending(path: "vergence-run-\(UUID().uuidString)").path
  let data: LoadedData
  let program: Program
  let plan: Plan
  /// Four epochs of five updates each.
  let configuration: RunConfiguration
  static let updatesPerEpoch = 5

  init(options: [String: String] = [:], seed: UInt32 = 3) throws {
    data = try DataSource(parsing: "synthetic:train=43,test=23,classes=4").load(size: 8)
    let text = try SmallNet.program(options: options, batch: 8, mode: .training).text()
    program = try Program(parsing: text, operations: Catalogue.names)
    plan = options.isEmpty ? try Self.standardPlan.get() : try Self.compile(program)
    configuration = RunConfiguration(
      model: "small", options: options, data: "synthetic", images: data.digest, classes: data.train.classes, batch: 8, epochs: 4, seed: seed,
      precision: "f32", products: "tiles", convolutions: "auto",
      threads: 1, version: "1", program: SHA256.hexadecimal(of: text.utf8))
  }

  /// The plan of the model without options, which most runs share: compiling takes longer than running.
  private static let standardPlan = Result { try compile(SmallNet.program(batch: 8, mode: .training)) }

  private static func compile(_ program: Program) throws -> Plan {
    var compiler = Compiler(CompilerOptions())
    return try #require(try compiler.compile(program, for: .training))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// What a run ended with.
  struct End {
    let outcome: TrainingOutcome
    let state: [StateValue]
    let events: [TrainingEvent]
  }

  /// Begins the run.
  func begin(stopAfter: Int? = nil, threads: Int = 1, every: Int? = nil) throws -> End {
    try train(RunFolder(creating: path, configuration, program: program.text()), from: nil, stopAfter: stopAfter, threads: threads, every: every)
  }

  /// Goes on with the run from its newest checkpoint.
  func resume(stopAfter: Int? = nil, threads: Int = 1, note: (String) -> Void = { Issue.record("\($0)") }) throws -> End {
    let folder = try RunFolder(opening: path)
    return try train(folder, from: folder.newestCheckpoint(note: note), stopAfter: stopAfter, threads: threads, every: nil)
  }

  private func train(_ folder: RunFolder, from checkpoint: Checkpoint?, stopAfter: Int?, threads: Int, every: Int?) throws -> End {
    var settings = Trainer.Settings()
    settings.threads = threads
    settings.checkpointEvery = every
    let stop = StopRequest()
    var events: [TrainingEvent] = []
    let trainer = try Trainer(folder, plan: plan, data: data, from: checkpoint, options: CompilerOptions(), settings: settings, stop: stop) { event in
      events.append(event)
      if case .updated(let update) = event, update.step == stopAfter { stop.request() }
    }
    let outcome = try trainer.run()
    return End(outcome: outcome, state: trainer.snapshot(), events: events)
  }

  var metrics: String { get throws { String(decoding: try readFile(path + "/metrics.jsonl"), as: UTF8.self) } }
}
