import Datasets
import PlanFile
import Runtime
import Support
import Tensors

extension Executor {
  /// Sets the whole number `name` of the state, where the plan has it.
  func setCounter(_ name: String, _ value: Int32) {
    guard plan.manifest.state.contains(where: { $0.name == name && $0.type == .scalar(.i32) }) else { return }
    // The plan has the state, so this cannot fail.
    try? withState(name) { $0.storeBytes(of: value, as: Int32.self) }
  }

  /// Makes `checkpoint` the whole state.
  ///
  /// - Errors: it lacks a tensor or has one that the plan doesn't know; its step isn't where it says the data is.
  func restoreAll(_ checkpoint: Checkpoint, updatesPerEpoch: Int) throws {
    let position = checkpoint.position
    let (before, overflow) = position.epoch.multipliedReportingOverflow(by: updatesPerEpoch)
    guard position.batch <= updatesPerEpoch, !overflow, before + position.batch == checkpoint.step else {
      throw Diagnostic(
        "the checkpoint is of step \(checkpoint.step), at batch \(position.batch) of epoch \(position.epoch + 1), and an epoch of this data has "
          + "\(updatesPerEpoch) batches", hint: "was the data changed since the run began?")
    }
    let missing = Set(plan.manifest.state.map(\.name)).subtracting(checkpoint.state.map(\.name))
    if let name = missing.min() { throw Diagnostic("the checkpoint lacks the state '\(name)'") }
    try restore(checkpoint.state)
  }
}
