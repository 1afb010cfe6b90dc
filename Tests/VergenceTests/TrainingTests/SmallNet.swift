import Vergence

/// A model with one of everything that training must keep: batch norm's statistics, random draws, dropout, two probes and a milestone.
struct SmallNet: Model {
  @Option("what the loss is multiplied by, twice") var factor = 1.0
  @Option("Adam's step size") var learningRate = 1e-2

  func step(_ batch: Batch) throws -> TrainingStep {
    let views = try batch.views(2, size: 8, by: .cifar)
    let maps = try BatchNorm("norm")(Convolution("stem", 6, kernel: 4, stride: 2)(views)).relu()  // [2, B, 3, 3, 6]
    let local = try maps.reshaped([2, batch.count, 9, 6])
    let global = try local.mean(over: [2])
    let agreement = try InfoNCE(clip: 20, penalty: 0.05)(local.randomLocation("location"), local)
    let features = try global.detached()
    let probes = try [
      LinearProbe(classes: 4, dropout: 0.2)(features, batch.labels()), MLPProbe(classes: 4, hidden: 8, dropout: 0.2)(features, batch.labels()),
    ]
    return try TrainingStep(
      minimize: agreement.loss * factor * factor + agreement.penalty, metrics: [.init("loss_maps", agreement.loss, chance: agreement.chance)],
      features: global, probes: probes, by: .adam(learningRate, beta1: 0.8, decay: 1e-5), warmUp: 5, milestones: [2])
  }
}
