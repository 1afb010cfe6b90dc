import Foundation
import Support
import Training

/// Shows a run while it goes, in a `ProgressLine`.
package final class TrainingProgress {
  private let output: Output
  private let progress: ProgressLine
  private var beginning: TrainingEvent.Beginning?
  /// The newest updates, over which numbers are averaged.
  private var window: [TrainingEvent.Update] = []
  private var test: TrainingEvent.Test?
  /// All updates so far, and the time they took and waited.
  private(set) var totals = Totals()
  /// The time of the updates after the first, unsteady ones.
  private var steadyTime = Duration.zero
  private var hasShownEstimate = false

  /// What was done so far.
  struct Totals {
    var updates = 0
    var time = Duration.zero
    var waited = Duration.zero
    var accuracy: [String: Double] = [:]
  }

  private static let windowLength = 50
  /// The first updates of a process touch the memory, wake the threads and find their batches made: they do not tell how long others take.
  private static let unsteadyUpdates = 3
  /// What the updates after those must have taken together before the rest is estimated from them.
  private static let shortestBasis = Duration.milliseconds(500)

  package init(_ output: Output, isTerminal: Bool = isatty(STDERR_FILENO) != 0) {
    self.output = output
    progress = ProgressLine(output, isTerminal: isTerminal)
  }

  /// Takes note of `event` and shows what is due.
  package func show(_ event: TrainingEvent) {
    switch event {
    case .began(let beginning):
      self.beginning = beginning
      progress.wait()
      output.warn(description(of: beginning))
    case .updated(let update):
      totals.updates += 1
      totals.time += update.time
      totals.waited += update.waited
      if totals.updates > TrainingProgress.unsteadyUpdates { steadyTime += update.time }
      window.append(update)
      if window.count > TrainingProgress.windowLength { window.removeFirst() }
      // A line is due from time to time, and as soon as one can say how long it will take.
      guard progress.isDue || (isEstimable && !hasShownEstimate) else { return }
      hasShownEstimate = isEstimable
      progress.show(line(of: update))
    case .tested(let test):
      self.test = test
      for score in test.scores { totals.accuracy[score.name] = score.accuracy }
      let scores = test.scores.map { "\($0.name) probe \(percent($0.accuracy)) (\($0.correct) of \($0.count))" }.joined(separator: ", ")
      let losses = window.last.map { metrics(of: $0) } ?? ""
      say("epoch \(test.epoch): \(scores); \(losses); tested in \(String(format: "%.1f", test.time / .seconds(1))) s")
    case .saved: break
    }
  }

  /// Whether enough updates were made to tell how long others will take.
  private var isEstimable: Bool { steadyTime >= TrainingProgress.shortestBasis }

  /// Ends the rewritten line, so that what follows has a line of its own.
  func say(_ text: String) {
    progress.clear()
    output.warn(text)
  }

  private func description(of beginning: TrainingEvent.Beginning) -> String {
    let verb = beginning.step == 0 ? "training" : "going on after step \(beginning.step):"
    return
      "\(verb) \(counted(beginning.parameters, "parameter")) on \(counted(beginning.trainImages, "image")), "
      + "\(counted(beginning.epochs, "epoch")) of \(counted(beginning.updatesPerEpoch, "update")) of \(counted(beginning.batch, "image")), "
      + "\(counted(beginning.threads, "thread")), \(beginning.plannedBytes >> 20) MiB; each loss stands beside a guess's"
  }

  /// The line of the newest update: where the run is, its losses, what its probes are worth, and, once that is known, how fast it goes and how long it
  /// will take.
  private func line(of update: TrainingEvent.Update) -> String {
    guard let beginning else { return "" }
    var parts = ["epoch \(update.epoch)/\(beginning.epochs)", "update \(update.batch)/\(beginning.updatesPerEpoch)", metrics(of: update)]
    parts += (test?.scores ?? []).map { "\($0.name) \(percent($0.accuracy))" }
    guard isEstimable else { return parts.joined(separator: "  ") }
    let steady = window.suffix(totals.updates - TrainingProgress.unsteadyUpdates)
    let time = steady.reduce(Duration.zero) { $0 + $1.time } / steady.count
    let waited = steady.reduce(Duration.zero) { $0 + $1.waited } / steady.count
    parts.append(String(format: "%.0f images/s", Double(beginning.batch) / (time / .seconds(1))))
    parts.append("data \(percent(waited / time))")
    let epochsToTest = beginning.epochs - update.epoch + 1
    let left = time * (beginning.epochs * beginning.updatesPerEpoch - update.step) + (test?.time ?? .zero) * epochsToTest
    parts.append("\(roughly(left)) left")
    return parts.joined(separator: "  ")
  }

  /// The mean of each metric, over those updates of the window that are of the same epoch, beside its chance level; or of the loss where there are none.
  ///
  /// An epoch's numbers so are the same in a run that was resumed before it.
  private func metrics(of update: TrainingEvent.Update) -> String {
    let updates = window.filter { $0.epoch == update.epoch }
    func mean(_ value: (TrainingEvent.Update) -> Float) -> String {
      String(format: "%.3f", updates.reduce(0) { $0 + Double(value($1)) } / Double(max(1, updates.count)))
    }
    let shown = update.metrics.indices.map { i in
      "\(update.metrics[i].name) \(mean { $0.metrics[i].value })" + (update.metrics[i].chance.map { String(format: "/%.3f", $0) } ?? "")
    }
    return shown.isEmpty ? "loss \(mean(\.loss))" : shown.joined(separator: "  ")
  }
}

/// `37.3%`.
func percent(_ share: Double) -> String { String(format: "%.1f%%", share * 100) }
