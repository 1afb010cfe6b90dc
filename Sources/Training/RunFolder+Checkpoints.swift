import Foundation
import Support

extension RunFolder {
  /// Reads the newest checkpoint that isn't damaged; `nil` where there is none.
  ///
  /// - Parameter note: told of each damaged one.
  /// - Errors: it is of another run or configuration.
  package func newestCheckpoint(note: (String) -> Void = { _ in }) throws -> Checkpoint? {
    for step in checkpointSteps() {
      let path = checkpointPath(step)
      do {
        let checkpoint = try Checkpoint(reading: path)
        guard checkpoint.configuration == configuration.digest else {
          throw Foreign(diagnostic: Diagnostic("'\(path)' is a checkpoint of another configuration than that of '\(self.path)'"))
        }
        return checkpoint
      } catch let foreign as Foreign {
        throw foreign.diagnostic
      } catch let damage as Diagnostic {
        note("the checkpoint of step \(step) is damaged (\(damage.message)); taking the one before")
      }
    }
    return nil
  }

  /// Writes `checkpoint`, then removes all but the newest `kept`.
  ///
  /// A newer one than `checkpoint` was damaged, or the run would have gone on from it; it goes too.
  /// - Errors: it can't be written; all others are still there then.
  func save(_ checkpoint: Checkpoint, keeping kept: Int) throws {
    try checkpoint.write(to: checkpointPath(checkpoint.step))
    let steps = checkpointSteps()
    let surplus = steps.filter { $0 > checkpoint.step } + steps.filter { $0 <= checkpoint.step }.dropFirst(kept)
    for step in surplus { try? FileManager.default.removeItem(atPath: checkpointPath(step)) }
  }

  /// Removes what a run that was killed left half written.
  func removeTemporaryFiles() {
    for folder in [path, (checkpointPath(0) as NSString).deletingLastPathComponent] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".tmp") {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
      }
    }
  }

  /// A checkpoint that is whole and doesn't belong here.
  private struct Foreign: Error { let diagnostic: Diagnostic }
}
