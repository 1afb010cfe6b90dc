import Graph
import Operations
import Support
import Tensors

extension Model {
  /// Builds the program of this model for `batch` images a step.
  ///
  /// - Ensures: in training the graph returns `loss` and all that the step watches; at inference the features and the probes' scores.
  /// - Errors: an unknown or wrong option; a mistake in the model, at its line.
  package static func program(options: [String: String] = [:], batch: Int, mode: Mode) throws -> Program {
    let model = Self()
    try model.set(options)
    guard batch >= 1 else { throw Diagnostic("a batch of \(batch) images can't be", hint: "choose a batch of at least 1") }
    let builder = Builder(name: "\(Self.self)".lowercased(), mode: mode)
    let step = try model.step(Batch(builder: builder, count: batch))
    let training = try step.declareOutputs(in: builder)
    return Program(
      graph: builder.graph, training: mode == .training ? training : nil,
      hyperparameters: Dictionary(uniqueKeysWithValues: model.options.map { ($0.name, $0.value) }))
  }
}

/// Returns the program of `model` for `batch` images a step; see `Model.program`.
package func build(model: any Model.Type, options: [String: String] = [:], batch: Int, mode: Mode) throws -> Program {
  try model.program(options: options, batch: batch, mode: mode)
}

extension TrainingStep {
  /// Names what the graph returns and says how it is trained.
  func declareOutputs(in builder: Builder) throws -> TrainingRecipe {
    try requireScalar(loss, "the loss")
    do {
      try optimizer.recipe.check()
    } catch let problem as Diagnostic {
      throw Diagnostic(problem.message, at: position, hint: problem.hint)
    }
    for metric in metrics { try requireScalar(metric.value, "the metric '\(metric.name)'") }
    var named: [(key: String, value: Value)] = metrics.map { ($0.name, $0.value) } + outputs
    var total = loss
    if let first = probes.first {
      let classifiers = try probes.dropFirst().reduce(first.loss) { try $0 + $1.loss }
      total = try loss + classifiers
      named.append(("loss_classifiers", classifiers))
    }
    named.append(("loss", total))
    named += probes.map { ("logits_\($0.name)", $0.logits) }
    if let features { named.append(("features_global", features)) }
    for (name, value) in named where builder.mode == .training || name.hasPrefix("features") || name.hasPrefix("logits_") {
      guard builder.graph.output(named: name) == nil else { throw Diagnostic("the output '\(name)' is returned twice", at: position) }
      builder.graph.setOutput(name, value.id)
    }
    return TrainingRecipe(
      loss: "loss", optimizer: optimizer.recipe, warmUp: warmUp, milestones: milestones, augmentation: builder.augmentation.rawValue,
      metrics: metrics.map { TrainingRecipe.Metric(output: $0.name, chance: $0.chance) }, probes: probes.map { "logits_\($0.name)" },
      features: features == nil ? nil : "features_global")
  }

  private func requireScalar(_ value: Value, _ what: String) throws {
    guard value.type == .scalar(.f32) else {
      throw Diagnostic("\(what) must be a single number, and is \(value)", at: position, hint: "take its mean: .mean()")
    }
  }
}
