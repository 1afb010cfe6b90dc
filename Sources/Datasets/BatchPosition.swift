/// A place in the data of a training run: which batch of which epoch, both from 0.
package struct BatchPosition: Hashable, Sendable, Codable {
  /// The epoch.
  package var epoch: Int
  /// The batch in the epoch.
  package var batch: Int

  /// Creates the place of `batch` in `epoch`.
  package init(epoch: Int, batch: Int) {
    self.epoch = epoch
    self.batch = batch
  }

  /// Returns the next place, when an epoch has `batches` batches.
  package func next(batches: Int) -> BatchPosition {
    batch + 1 < batches ? BatchPosition(epoch: epoch, batch: batch + 1) : BatchPosition(epoch: epoch + 1, batch: 0)
  }
}
