import Vergence

/// The smallest model worth reading: two views of an image, a linear encoder, and the wish that it tells whose views they are.
package struct Pair: Model {
  @Option("width of the embedding", in: 1...65536) var embedding = 64
  @Option("Adam's step size", in: 0...1) var learningRate = 1e-3

  package init() {}

  package func step(_ batch: Batch) throws -> TrainingStep {
    let views = try batch.views(2, size: 32, by: .cifar)  // [2, B, 32, 32, 3]
    let pixels = try views.reshaped([2, batch.count, 32 * 32 * 3])
    let embeddings = try Linear("encoder", embedding)(pixels)  // [2, B, embedding]
    let agreement = try InfoNCE(clip: 20, penalty: 0.05)(embeddings, embeddings)
    let probe = try LinearProbe(classes: 10)(embeddings.detached(), batch.labels())
    return try TrainingStep(
      minimize: agreement.loss + agreement.penalty, metrics: [.init("loss_pair", agreement.loss, chance: agreement.chance)],
      features: embeddings, probes: [probe], by: .adam(learningRate))
  }
}
