import Graph

/// How parameters are updated from their gradients.
public struct Optimizer: Hashable, Sendable {
  let recipe: AdamRecipe

  /// Adam, with weight decay added to the gradient (L2).
  ///
  /// - Source: Kingma and Ba 2015, algorithm 1.
  public static func adam(
    _ learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, decay: Double = 0
  ) -> Optimizer {
    Optimizer(recipe: AdamRecipe(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay))
  }
}
