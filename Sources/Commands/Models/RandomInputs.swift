import Foundation
import Hashing
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
    func integers(below bound: UInt32) -> Tensor {
      Tensor(type.shape) { (i: Int) in Double(draws.integer(below: bound, element: UInt64(i), step: 0)) }
    }
    return switch type.element {
    case .f32, .bf16: Tensor(type.shape, RandomInputs.normals(draws, 0..<type.count))
    case .i32: integers(below: UInt32(clamping: classes))
    case .bool: integers(below: 2)
    }
  }

  /// Standard normal draws, one for each of `elements`.
  static func normals(_ draws: Philox, _ elements: Range<Int>) -> [Double] {
    let blocks = stride(from: elements.lowerBound, to: elements.upperBound, by: block).map { $0..<min($0 + block, elements.upperBound) }
    let numbers = concurrentMap(blocks) { block in zip(draws.uniforms(block, step: 0), draws.uniforms(block, step: 1)).map(normal) }
    return numbers.flatMap(\.self)
  }

  /// Makes a normal draw of two uniform ones.
  ///
  /// - Source: Box and Muller 1958.
  private static func normal(radius: Double, angle: Double) -> Double { (-2 * log(1 - radius)).squareRoot() * cos(2 * .pi * angle) }

  /// Elements that one thread draws at a time.
  private static let block = 1 << 14
}
