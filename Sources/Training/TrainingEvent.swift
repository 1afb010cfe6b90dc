import Support

/// What a trainer tells while it works.
package enum TrainingEvent: Sendable {
  /// It begins, or goes on.
  case began(Beginning)
  /// An update was made.
  case updated(Update)
  /// The test at an epoch's end was made.
  case tested(Test)
  /// A checkpoint was written.
  case saved(step: Int, path: String)

  /// What the run is.
  package struct Beginning: Sendable {
    /// The trained numbers.
    package let parameters: Int
    package let trainImages: Int
    package let testImages: Int
    package let batch: Int
    package let epochs: Int
    package let updatesPerEpoch: Int
    /// The updates that were made before.
    package let step: Int
    /// The bytes of the step's arena, state, inputs and outputs.
    package let plannedBytes: Int
    package let threads: Int

    package init(
      parameters: Int, trainImages: Int, testImages: Int, batch: Int, epochs: Int, updatesPerEpoch: Int, step: Int, plannedBytes: Int, threads: Int
    ) {
      (self.parameters, self.trainImages, self.testImages, self.batch) = (parameters, trainImages, testImages, batch)
      (self.epochs, self.updatesPerEpoch, self.step, self.plannedBytes, self.threads) = (epochs, updatesPerEpoch, step, plannedBytes, threads)
    }
  }

  /// One update.
  package struct Update: Sendable {
    /// A number that is shown, with what a guess would have.
    package struct Metric: Hashable, Sendable {
      package let name: String
      package let value: Float
      package let chance: Double?
    }

    /// The updates that were made, this one included.
    package let step: Int
    /// The epoch, from 1.
    package let epoch: Int
    /// The batch of the epoch, from 1.
    package let batch: Int
    package let loss: Float
    package let metrics: [Metric]
    /// The time it took, its waiting for data included, and the time it waited for data.
    package let time: Duration
    package let waited: Duration

    package init(step: Int, epoch: Int, batch: Int, loss: Float, metrics: [Metric], time: Duration, waited: Duration) {
      (self.step, self.epoch, self.batch, self.loss, self.metrics) = (step, epoch, batch, loss, metrics)
      (self.time, self.waited) = (time, waited)
    }
  }

  /// One test.
  package struct Test: Sendable {
    package let step: Int
    /// The epoch that ended, from 1.
    package let epoch: Int
    package let scores: [ProbeScore]
    package let time: Duration
  }
}

/// How a run ended.
package enum TrainingOutcome: Sendable {
  /// All epochs are done.
  case finished(step: Int)
  /// It was asked to stop, and saved the state of `step`.
  case stopped(step: Int)
  /// The loss of the update after `step` wasn't finite, and no state was changed by it.
  ///
  /// - Parameters:
  ///   - reason: what made the first such number.
  ///   - isSaved: whether the state of `step` was saved; not where the state itself isn't finite.
  case notFinite(step: Int, reason: String, isSaved: Bool)
}
