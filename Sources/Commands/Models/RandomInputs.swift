import Foundation
import PlanFile
import Support
import Tensors

/// What a step is fed where only its time matters, or only its mathematics: normal draws for images, and whole numbers that are classes.
struct RandomInputs {
  let seed: UInt32
  /// One more than the largest whole number: as many as there are classes.
  let classes: Int

  /// Creates the draws of `seed` for a model with `hyperparameters`.
  init(seed: UInt32, hyperparameters: [String: String]) {
    self.seed = seed
    // Without a word on it, 0 and 1 are classes of every model.
    classes = hyperparameters["classes"].flatMap { Int($0) } ?? 2
  }

  /// The input `name` of `type`.
  func tensor(_ name: String, _ type: TensorType) -> Tensor {
    let draws = Philox(seed: seed, stream: "input " + name)
    return Tensor(type.shape) { (i: Int) in
      let element = UInt64(i)
      switch type.element {
      case .f32, .bf16: return RandomInputs.normal(draws, element)
      case .i32: return Double(draws.integer(below: UInt32(clamping: classes), element: element, step: 0))
      case .bool: return Double(draws.integer(below: 2, element: element, step: 0))
      }
    }
  }

  /// A standard normal draw.
  ///
  /// - Source: Box and Muller 1958.
  static func normal(_ draws: Philox, _ element: UInt64) -> Double {
    let (radius, angle) = (draws.uniform(element: element, step: 0), draws.uniform(element: element, step: 1))
    return (-2 * log(1 - radius)).squareRoot() * cos(2 * .pi * angle)
  }
}
