import Foundation
import Support

extension RunFolder {
  /// Reads the newest checkpoint that isn't damaged; `nil` where there is none at all.
  ///
  /// - Parameter note: told of each damaged one that is passed over.
  /// - Errors: all are damaged; it is of another run or configuration.
  package func newestCheckpoint(note: (String) -> Void = { _ in }) throws -> Checkpoint? {
    var damaged: [(step: Int, problem: Diagnostic)] = []
    for step in checkpointSteps() {
      let checkpoint: Checkpoint
      do {
        checkpoint = try Checkpoint(reading: checkpointPath(step))
      } catch let problem as Diagnostic {
        damaged.append((step, problem))
        continue
      }
      guard checkpoint.configuration == configuration.digest else {
        throw Diagnostic(
          "'\(checkpointPath(step))' is a checkpoint of another configuration than that of '\(path)'",
          hint: "remove it if it was put there by mistake")
      }
      for (other, problem) in damaged { note("the checkpoint of step \(other) is damaged (\(problem.message)); taking that of step \(step)") }
      return checkpoint
    }
    guard let newest = damaged.first else { return nil }
    // To begin anew would be to lose what may still be mended, so that is the user's to say.
    throw Diagnostic(
      "the run in '\(path)' has no checkpoint that isn't damaged: \(newest.problem.message)",
      hint: "bring back a whole copy; or delete '\(checkpointsPath)', and 'vergence train --resume \(path)' begins again at step 0")
  }

  /// Writes `checkpoint`, then removes all but the newest `kept`.
  ///
  /// A newer one than `checkpoint` was damaged, or the run would have gone on from it; it goes too.
  /// - Errors: it can't be written; all others are still there then.
  func save(_ checkpoint: Checkpoint, keeping kept: Int) throws {
    // Who begins anew may have deleted the folder.
    try? FileManager.default.createDirectory(atPath: checkpointsPath, withIntermediateDirectories: true)
    try checkpoint.write(to: checkpointPath(checkpoint.step))
    let steps = checkpointSteps()
    let surplus = steps.filter { $0 > checkpoint.step } + steps.filter { $0 <= checkpoint.step }.dropFirst(kept)
    for step in surplus { try? FileManager.default.removeItem(atPath: checkpointPath(step)) }
  }

  /// Removes what a run that was killed left half written.
  func removeTemporaryFiles() {
    for folder in [path, checkpointsPath] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".tmp") {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
      }
    }
  }
}
