import Support

/// One training step of a model: what is minimised and how, and what is watched meanwhile.
public struct TrainingStep {
  let loss: Value
  let metrics: [Metric]
  let outputs: [(key: String, value: Value)]
  let features: Value?
  let probes: [ProbeScores]
  let optimizer: Optimizer
  let warmUp: Int
  let milestones: [Int]
  let position: SourcePosition

  /// A scalar that is shown while the model trains.
  public struct Metric {
    let name: String
    let value: Value
    let chance: Double

    /// Creates the metric `name`; `chance` is what it would be for a guess.
    public init(_ name: String, _ value: Value, chance: Double) {
      self.name = name
      self.value = value
      self.chance = chance
    }
  }

  /// Describes a step.
  ///
  /// - Parameters:
  ///   - loss: what is minimised, a scalar; the probes' losses are added to it.
  ///   - metrics: scalars to show, each beside its value for a guess.
  ///   - outputs: further values to return, by name; those called `features…` are returned at inference too.
  ///   - features: what `embed` and `eval` look at, f32[views, count, width].
  ///   - probes: classifiers that learn beside the model on its detached features.
  ///   - optimizer: how parameters are updated.
  ///   - warmUp: the updates over which the learning rate grows from 0.
  ///   - milestones: the epochs after which the learning rate is multiplied by 0.2.
  public init(
    minimize loss: Value, metrics: [Metric] = [], outputs: KeyValuePairs<String, Value> = [:], features: Value? = nil, probes: [ProbeScores] = [],
    by optimizer: Optimizer, warmUp: Int = 0, milestones: [Int] = [], file: String = #fileID, line: Int = #line, column: Int = #column
  ) {
    self.loss = loss
    self.metrics = metrics
    self.outputs = Array(outputs)
    self.features = features
    self.probes = probes
    self.optimizer = optimizer
    self.warmUp = warmUp
    self.milestones = milestones
    self.position = SourcePosition(file, line, column)
  }
}
