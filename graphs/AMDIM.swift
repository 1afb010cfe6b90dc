import Vergence

/// Augmented multiscale Deep InfoMax: maps of one view predict maps of another, at several scales.
///
/// - Source: Bachman, Hjelm, Buchwalter 2019, 'Learning Representations by Maximizing Mutual Information Across Views', and its published code.
package struct AMDIM: Model {
  @Option("pixels of an image's side", choices: [32, 64, 128]) var size = 32
  @Option("channels of the first stage", in: 1...4096) var width = 64
  @Option("width of the embedding that scores are taken in", in: 1...65536) var embedding = 512
  @Option("residual layers a block", in: 1...64) var depth = 3
  @Option("batch norm inside the encoder") var batchNorm = false
  @Option("which maps predict which, by their sides") var pairs: [MapPair] = ["1:5", "1:7", "5:5"]
  @Option("scores are bent into ± this", in: 0.01...1e6) var scoreClip = 20.0
  @Option("weight of the mean squared score (the paper: 0.04)", in: 0...1e6) var scorePenalty = 0.05
  @Option("classes that the probes tell apart", in: 2...1_000_000) var classes = 10
  @Option("share of features that the probes drop", in: 0...0.99) var dropout = 0.2
  @Option("Adam's step size", in: 0...1) var learningRate = 2e-4
  @Option("updates over which the step size grows from 0", in: 0...1_000_000) var warmUp = 500
  @Option("epochs after which the step size is a fifth (ImageNet: 30, 45)") var milestones = [250, 280]

  package init() {}

  package func step(_ batch: Batch) throws -> TrainingStep {
    let views = try batch.views(2, size: size, by: size == 32 ? .cifar : size == 64 ? .stl10 : .imagenet)
    let maps = try scope("encoder") { try encode(views) }  // of side 1, 5 and 7: [2, B, side², embedding]
    let agreement = try agreement(of: maps)

    let features = try maps.global.detached()
    let labels = try batch.labels()
    let probes = try scope("probes") {
      [
        try LinearProbe(classes: classes, dropout: dropout)(features, labels),
        try MLPProbe(classes: classes, hidden: 1024, dropout: dropout)(features, labels),
      ]
    }
    return try TrainingStep(
      minimize: agreement.total, metrics: agreement.losses,
      outputs: ["loss_nce_total": agreement.total, "score_reg": agreement.penalty, "features_5": maps[5], "features_7": maps[7]],
      features: maps.global, probes: probes,
      by: .adam(learningRate, beta1: 0.8, decay: 1e-5), warmUp: warmUp, milestones: milestones)
  }
}
