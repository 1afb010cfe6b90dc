import Support
import Training

/// What `train` says at its end, and prints under `--json`.
struct TrainingReport: Encodable {
  private let run: String
  /// `finished`, `stopped` or `not_finite`.
  private let outcome: String
  private let step: Int
  private let accuracy: [String: Double]
  private let seconds: Double
  private let imagesPerSecond: Double
  private let waitingShare: Double
  private let reason: String?
  /// The last line for people.
  let closing: String
  let exitCode: ExitCode

  private enum CodingKeys: String, CodingKey {
    case run, outcome, step, accuracy, seconds, reason
    case imagesPerSecond = "images_per_s"
    case waitingShare = "waiting_share"
  }

  /// Describes how the run in `folder` ended.
  init(_ folder: RunFolder, _ end: TrainingOutcome, _ totals: TrainingProgress.Totals) {
    run = folder.path
    accuracy = totals.accuracy
    seconds = totals.time / .seconds(1)
    imagesPerSecond = seconds > 0 ? Double(totals.updates * folder.configuration.batch) / seconds : 0
    waitingShare = seconds > 0 ? totals.waited / totals.time : 0
    let resume = "vergence train --resume \(folder.path)"
    switch end {
    case .finished(let step):
      (outcome, self.step, reason, exitCode) = ("finished", step, nil, .done)
      closing =
        totals.updates > 0
        ? "done after \(counted(step, "update")): \(folder.path)"
        : "nothing is left to do: '\(folder.path)' has made its \(counted(step, "update")); more epochs: \(resume) --epochs N"
    case .stopped(let step):
      (outcome, self.step, reason, exitCode) = ("stopped", step, nil, .failed)
      closing = "stopped and saved after \(counted(step, "update")); go on with: \(resume)"
    case .notFinite(let step, let why, let isSaved):
      (outcome, self.step, reason, exitCode) = ("not_finite", step, why, .failed)
      closing =
        "error: the update after step \(step) was given up: \(why)\n"
        + (isSaved
          ? "  the state before it is saved in \(folder.checkpointPath(step))" : "  the state is not saved; earlier checkpoints are as they were")
        + "\n  hint: a smaller step size or more warm-up may help, in a new run"
    }
  }
}
