import Compiler
import Datasets
import Foundation
import Graph
import PlanFile
import Runtime
import Support

/// Trains a model: feeds it batches, writes down its numbers, tests it after each epoch, and saves its state.
///
/// What it computes is a function of the configuration and the images alone: stopped anywhere and gone on with, it ends in the same bits.
package final class Trainer {
  /// What doesn't change the numbers.
  package struct Settings: Sendable {
    /// The updates between checkpoints beside those at epochs' ends; `nil` for none.
    package var checkpointEvery: Int?
    /// The checkpoints that are kept.
    package var kept = 3
    /// The threads that compute; `nil` for as many as the process may use.
    package var threads: Int?

    package init() {}
  }

  let folder: RunFolder
  let settings: Settings
  let recipe: TrainingRecipe
  let data: LoadedData
  let executor: Executor
  let loader: BatchLoader
  let frozen: FrozenModel?
  let log: MetricsLog
  let stop: StopRequest
  let report: (TrainingEvent) -> Void
  /// The next batch; the one after an epoch's last where the epoch's test is still to be made.
  var position: BatchPosition
  /// Where the run was when its state was saved last.
  var savedPosition: BatchPosition?

  /// Makes everything ready.
  ///
  /// - Parameters:
  ///   - plan: the training step, compiled from the run's program.
  ///   - data: the images, at the size that the program's `ImageFeed` says.
  ///   - checkpoint: what to go on from; `nil` to begin.
  ///   - options: how the plan that tests is compiled.
  /// - Errors: the data doesn't fit the model; the checkpoint isn't the plan's; the folder can't be written.
  package init(
    _ folder: RunFolder, plan: Plan, data: LoadedData, from checkpoint: Checkpoint?, options: CompilerOptions, settings: Settings, stop: StopRequest,
    report: @escaping (TrainingEvent) -> Void
  ) throws {
    guard let recipe = folder.program.training else { throw Diagnostic("'\(folder.program.graph.name)' doesn't say how it is trained") }
    (self.folder, self.settings, self.recipe, self.data, self.stop, self.report) = (folder, settings, recipe, data, stop, report)
    let feed = try ImageFeed(folder.program)
    try feed.check(data)
    guard data.digest == folder.configuration.images else {
      throw Diagnostic("the images are not those that the run in '\(folder.path)' began with", hint: "name the same data, or begin a new run")
    }
    executor = try Executor(plan: plan, threads: settings.threads)
    frozen = recipe.probes.isEmpty ? nil : try FrozenModel(folder.program, outputs: recipe.probes, options: options, threads: settings.threads)
    loader = try BatchLoader(dataset: data.train, plan: feed.batches(seed: folder.configuration.seed), threads: max(1, executor.threads / 4))
    position = checkpoint?.position ?? BatchPosition(epoch: 0, batch: 0)
    savedPosition = checkpoint?.position
    executor.initialize(seed: folder.configuration.seed)
    if let checkpoint { try executor.restoreAll(checkpoint, updatesPerEpoch: loader.batchesPerEpoch) }
    executor.setCounter("seed", Int32(bitPattern: folder.configuration.seed))
    executor.setCounter("updates_per_epoch", Int32(clamping: loader.batchesPerEpoch))
    folder.removeTemporaryFiles()
    // A checkpoint after an epoch's last batch was written before that epoch's test.
    let isTested = position.batch < loader.batchesPerEpoch
    log = try MetricsLog(path: folder.metricsPath, keeping: checkpoint.map { .through(step: $0.step, tests: isTested) } ?? .nothing)
  }

  /// The updates that were made.
  package var step: Int { position.epoch * loader.batchesPerEpoch + position.batch }

  /// The whole state, for comparing runs.
  package func snapshot() -> [StateValue] { executor.snapshot() }

  /// Trains until all epochs are done or something ends the run before.
  ///
  /// - Errors: the disk is full.
  package func run() throws -> TrainingOutcome {
    report(.began(beginning))
    let epochs = folder.configuration.epochs
    let isMidEpoch = position.batch < loader.batchesPerEpoch
    if position.epoch < epochs {
      loader.start(epoch: isMidEpoch ? position.epoch : position.epoch + 1, batch: isMidEpoch ? position.batch : 0)
    }
    while position.epoch < epochs {
      if stop.isRequested {
        try save()
        return .stopped(step: step)
      }
      if position.batch < loader.batchesPerEpoch {
        do {
          try update()
        } catch let loss as NonFiniteLoss {
          return try end(by: loss)
        }
      }
      if position.batch == loader.batchesPerEpoch {
        guard try test() else { continue }
        position = BatchPosition(epoch: position.epoch + 1, batch: 0)
        try save()
      } else if let every = settings.checkpointEvery, step.isMultiple(of: every) {
        try save()
      }
    }
    return .finished(step: step)
  }

  /// Makes one update.
  private func update() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let waited = try loader.withNextBatch { batch in
      precondition(batch.position == position, "the loader is at another batch")
      try executor.withInput(ImageFeed.viewsInput) { $0.copyMemory(from: UnsafeRawBufferPointer(batch.views)) }
      if executor.plan.manifest.inputs.contains(where: { $0.name == ImageFeed.labelsInput }) {
        try executor.withInput(ImageFeed.labelsInput) { $0.copyMemory(from: UnsafeRawBufferPointer(batch.labels)) }
      }
      return batch.waited
    }
    try executor.step()
    position.batch += 1
    let metrics = try recipe.metrics.map {
      TrainingEvent.Update.Metric(name: $0.output, value: try executor.scalar($0.output), chance: $0.chance)
    }
    let loss = try executor.scalar("loss")
    var numbers = ["loss": loss, "learning_rate": try executor.scalar("learning_rate"), "gradient_norm": try executor.scalar("gradient_norm")]
    for metric in metrics { numbers[metric.name] = metric.value }
    try log.append(MetricsLog.Line(step: step, epoch: position.epoch + 1, metrics: numbers))
    report(
      .updated(
        TrainingEvent.Update(
          step: step, epoch: position.epoch + 1, batch: position.batch, loss: loss, metrics: metrics, time: clock.now - start, waited: waited)))
  }

  /// Tests the probes on all test images; `false` when it was asked to stop before the end.
  private func test() throws -> Bool {
    guard let frozen else { return true }
    let clock = ContinuousClock()
    let start = clock.now
    try frozen.load(from: executor)
    guard let scores = try frozen.scores(of: recipe.probes, on: data.test, unless: { stop.isRequested }) else { return false }
    let accuracy = Dictionary(scores.map { ($0.name, $0.accuracy) }, uniquingKeysWith: { first, _ in first })
    try log.append(MetricsLog.Line(step: step, epoch: position.epoch + 1, accuracy: accuracy))
    report(.tested(TrainingEvent.Test(step: step, epoch: position.epoch + 1, scores: scores, time: clock.now - start)))
    return true
  }

  /// Saves the state, if it isn't saved already, with the metrics that led to it.
  private func save() throws {
    guard savedPosition != position else { return }
    try log.synchronize()
    let checkpoint = Checkpoint(
      step: step, position: position, seed: folder.configuration.seed, configuration: folder.configuration.digest, state: executor.snapshot())
    try folder.save(checkpoint, keeping: settings.kept)
    savedPosition = position
    report(.saved(step: step, path: folder.checkpointPath(step)))
  }

  /// Ends the run at a loss that isn't finite; the state is that before the step.
  private func end(by loss: NonFiniteLoss) throws -> TrainingOutcome {
    let origin = executor.firstNonFinite()
    let reason = "'\(loss.output)' is \(loss.value): " + (origin?.description ?? "every operation's result is finite when it is run again")
    // A state that holds such numbers itself must not take the place of one that doesn't.
    if case .state = origin?.source { return .notFinite(step: step, reason: reason, isSaved: false) }
    try save()
    return .notFinite(step: step, reason: reason, isSaved: true)
  }

  private var beginning: TrainingEvent.Beginning {
    let parameters = executor.plan.manifest.state.filter(\.isTrainable).reduce(0) { $0 + $1.shape.reduce(1, *) }
    return TrainingEvent.Beginning(
      parameters: parameters, trainImages: data.train.count, testImages: data.test.count, batch: loader.plan.batch,
      epochs: folder.configuration.epochs, updatesPerEpoch: loader.batchesPerEpoch, step: step, plannedBytes: executor.plannedBytes,
      threads: executor.threads)
  }
}
