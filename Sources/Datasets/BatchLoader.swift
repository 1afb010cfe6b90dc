import Foundation

/// Feeds training: the batches of one epoch after the other, made ahead on threads of its own.
///
/// Each epoch visits the images in an order of its own and drops the last partial batch. A batch is a function of the plan's seed and its
/// position alone: `start` at any position gives the same bits as coming there batch by batch, with any number of threads.
package final class BatchLoader {
  /// A batch, valid until the function that it was given to returns.
  package struct Batch {
    /// Which batch this is.
    package let position: BatchPosition
    /// The views, f32[views, batch, viewSize, viewSize, 3].
    package let views: UnsafeBufferPointer<Float>
    /// The class of each image, i32[batch].
    package let labels: UnsafeBufferPointer<Int32>
    /// How long the batch was waited for.
    package let waited: Duration
  }

  /// What batches are made of.
  package let plan: BatchPlan
  /// The number of whole batches of an epoch.
  package let batchesPerEpoch: Int
  /// How long all batches so far were waited for.
  package private(set) var timeWaited = Duration.zero
  private let queue: BatchQueue

  /// Starts `threads` threads that make batches of `dataset` ahead into `buffers` buffers; they wait for `start`.
  ///
  /// - Errors: `dataset` can't be fed by `plan`.
  package init(dataset: ImageDataset, plan: BatchPlan, threads: Int = 1, buffers: Int = 3) throws {
    try plan.check(dataset)
    precondition(threads >= 1 && buffers >= 2, "one buffer is used while another is filled")
    self.plan = plan
    batchesPerEpoch = dataset.count / plan.batch
    let queue = BatchQueue(
      count: max(buffers, threads + 1), valuesPerBatch: plan.views * plan.batch * plan.viewStride, labelsPerBatch: plan.batch,
      batchesPerEpoch: batchesPerEpoch)
    self.queue = queue
    for number in 0..<threads {
      let thread = Thread {
        let maker = BatchMaker(dataset: dataset, plan: plan)
        while let job = queue.claim() {
          maker.make(job.position, into: job.slot.views, labels: job.slot.labels)
          queue.finish(job)
        }
      }
      thread.name = "batches.\(number)"
      thread.start()
    }
  }

  deinit { queue.stop() }

  /// Goes to `batch` of `epoch`: the next batch is that one.
  ///
  /// - Requires: the epoch has that batch.
  package func start(epoch: Int, batch: Int = 0) {
    precondition(epoch >= 0 && (0..<batchesPerEpoch).contains(batch), "an epoch has \(batchesPerEpoch) batches")
    queue.start(at: BatchPosition(epoch: epoch, batch: batch))
  }

  /// Gives the next batch to `body`, waiting for it if it isn't ready; after an epoch's last comes the next epoch's first.
  ///
  /// - Requires: `start` was called.
  package func withNextBatch<Result>(_ body: (Batch) throws -> Result) rethrows -> Result {
    let clock = ContinuousClock()
    let asked = clock.now
    let (slot, position) = queue.take()
    defer { queue.giveBack(slot) }
    let waited = clock.now - asked
    timeWaited += waited
    let batch = Batch(
      position: position, views: UnsafeBufferPointer(start: slot.views, count: plan.views * plan.batch * plan.viewStride),
      labels: UnsafeBufferPointer(start: slot.labels, count: plan.batch), waited: waited)
    return try body(batch)
  }
}
