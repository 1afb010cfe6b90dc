import Tensors

/// What a layer's weights hold before the first step.
public enum Initial: Hashable, Sendable {
  /// Uniform in ±1/√inputs, inputs being the numbers that make one result: PyTorch's default, 'Kaiming uniform' with a = √5.
  case uniform
  /// Zero: the layer adds nothing until it has learned something.
  case zero
  /// The identity, and uniform draws from ±`spread` off the diagonal.
  case identity(spread: Double)

  /// The weights' initial value where `inputs` numbers make one result.
  func value(inputs: Int) -> InitialValue {
    let bound = 1 / Double(inputs).squareRoot()
    return switch self {
    case .uniform: .uniform(low: -bound, high: bound)
    case .zero: .constant(0)
    case .identity(let spread): .identity(spread: spread)
    }
  }
}
