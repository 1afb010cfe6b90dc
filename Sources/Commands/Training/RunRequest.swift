import Compiler
import Datasets
import Foundation
import Graph
import Hashing
import LLVM
import Operations
import Passes
import PlanFile
import Runtime
import Support
import Training

/// What `train` is to do: a folder, new or old, and all that goes with it.
struct RunRequest {
  let folder: RunFolder
  let plan: Plan
  let data: LoadedData
  let checkpoint: Checkpoint?
  /// Whether the folder was made for it.
  let isNew: Bool
  /// How other programs of the run are compiled: those that test what was learnt have no budget.
  let options: CompilerOptions

  /// The epochs of a run that doesn't say.
  static let standardEpochs = 10
  /// The batch of a run that doesn't say: that of the published AMDIM.
  static let standardBatch = 200

  /// Prepares a new run.
  ///
  /// - Errors: no such model, an option that it hasn't, data that can't be read or doesn't fit.
  init(beginning arguments: ParsedArguments, note: (String) -> Void) throws {
    guard let name = arguments.text(ifGiven: "MODEL") else {
      throw Diagnostic("no model is given", hint: "name one, such as 'vergence train amdim', or go on with a run by --resume RUN")
    }
    try arguments.text(ifGiven: "out").map(RunFolder.requireFree)
    let given = try GivenModel(name, arguments, note: note)
    options = given.options.withoutBudget
    var compiler = Compiler(given.options)
    if let plan = given.plan {
      self.plan = plan
    } else {
      plan = try compiler.plan(of: given.program, for: .training, note: note)
    }
    let feed = try ImageFeed(given.program)
    let source = absolute(arguments.text(ifGiven: "data") ?? "synthetic")
    data = try load(source, size: feed.storedSize, note: note)
    try feed.check(data)
    try feed.batches(seed: 0).check(data.train)
    let configuration = RunConfiguration(
      model: name, options: given.program.hyperparameters, data: source, images: data.digest, classes: data.train.classes, batch: feed.batch,
      epochs: arguments.integer(ifGiven: "epochs") ?? RunRequest.standardEpochs, seed: UInt32(arguments.integer(ifGiven: "seed") ?? 0),
      precision: options.precision.rawValue, products: options.products.rawValue, convolutions: options.convolutions.rawValue,
      tiles: options.tiles.isEmpty ? nil : options.tiles.map(\.text), caches: options.caches.text,
      features: options.target.features == TargetMachine.host().features ? nil : options.target.features.sorted(),
      memoryBudget: given.options.memoryBudget,
      threads: arguments.integer(ifGiven: "threads") ?? availableThreads(),
      version: programVersion, program: SHA256.hexadecimal(of: given.text.utf8))
    let path = arguments.text(ifGiven: "out") ?? RunRequest.freshFolder(for: given.program.graph.name)
    folder = try RunFolder(creating: path, configuration, program: given.text)
    checkpoint = nil
    isNew = true
  }

  /// Prepares to go on with the run in the folder `path`.
  ///
  /// - Errors: something was given that differs from what the run began with.
  init(resuming path: String, _ arguments: ParsedArguments, note: (String) -> Void) throws {
    let opened = try RunFolder(opening: path)
    isNew = false
    let configuration = opened.configuration
    if let out = arguments.text(ifGiven: "out"), absolute(out) != absolute(path) {
      throw Diagnostic("'--out \(out)' is another folder than that of '--resume'", hint: "leave --out out")
    }
    try RunDifferences(opened, arguments, note: note).check()
    if configuration.version != programVersion {
      note("note: the run began with version \(configuration.version); this is \(programVersion), and its last bits may differ")
    }
    checkpoint = try opened.newestCheckpoint(note: { note("warning: \($0)") })
    folder = try arguments.integer(ifGiven: "epochs").map { try opened.with(epochs: $0) } ?? opened
    options = try CompilerOptions(of: configuration).caching()
    var withBudget = options
    withBudget.memoryBudget = arguments.integer(ifGiven: "memory-budget") ?? configuration.memoryBudget
    var compiler = Compiler(withBudget)
    plan = try compiler.plan(of: folder.program, for: .training, note: note)
    let source = arguments.text(ifGiven: "data").map(absolute) ?? configuration.data
    data = try load(source, size: ImageFeed(folder.program).storedSize, note: note)
  }

  /// The trainer that does it; the request ends with that.
  ///
  /// A plan's text and a checkpoint are megabytes that a run needs only once.
  consuming func trainer(_ settings: Trainer.Settings, _ stop: StopRequest, _ report: @escaping (TrainingEvent) -> Void) throws -> Trainer {
    do {
      return try Trainer(folder, plan: plan, data: data, from: checkpoint, options: options, settings: settings, stop: stop, report: report)
    } catch {
      if isNew { folder.discard() }
      throw error
    }
  }

  /// A folder that isn't there yet: `runs/amdim-2026-01-31-120000`.
  private static func freshFolder(for name: String) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyy-MM-dd-HHmmss"
    let path = "runs/\(name)-\(format.string(from: Date()))"
    let candidates = [path] + (2...1000).map { "\(path)-\($0)" }
    return candidates.first { !FileManager.default.fileExists(atPath: $0) } ?? path
  }
}

/// Loads the images that `source` names, telling what was skipped.
func load(_ source: String, size: Int, note: (String) -> Void) throws -> LoadedData {
  let data = try DataSource(parsing: source).load(size: size)
  data.report.lines.forEach(note)
  return data
}

/// The data source `argument` with an absolute path, where it is one.
func absolute(_ argument: String) -> String {
  argument == "synthetic" || argument.hasPrefix("synthetic:") ? argument : URL(fileURLWithPath: argument).standardizedFileURL.path
}

extension CompilerOptions {
  /// The same for a program whose intermediates may take what they need.
  fileprivate var withoutBudget: CompilerOptions {
    var options = self
    options.memoryBudget = nil
    return options
  }

  /// The options that the run of `configuration` was compiled with, for this machine.
  init(of configuration: RunConfiguration) throws {
    let host = TargetMachine.host()
    self.init(target: configuration.features.map { TargetMachine(triple: host.triple, features: $0) } ?? host)
    let given = configuration.convolutions ?? ConvolutionRoute.direct.rawValue
    guard let route = ProductRoute(rawValue: configuration.products), let precision = Precision(rawValue: configuration.precision),
      let convolutions = ConvolutionRoute(rawValue: given), let caches = configuration.caches.map(CacheSizes.init(text:)) ?? caches
    else {
      throw Diagnostic(
        "the run's products '\(configuration.products)', convolutions '\(given)' in '\(configuration.precision)' or caches "
          + "'\(configuration.caches ?? "")' aren't known to this version",
        hint: "go on with the version that began it, \(configuration.version), or begin a new run")
    }
    products = route
    self.precision = precision
    self.convolutions = convolutions
    self.caches = caches
    tiles = try (configuration.tiles ?? []).map { try TileOverride(parsing: $0, for: vectorTarget) }
  }
}
