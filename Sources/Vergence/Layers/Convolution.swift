import Graph
import Operations
import Support

/// A convolution over images, with the parameters `NAME.weight` and, with a bias, `NAME.bias`.
///
/// - Shapes: […, H, W, C] → […, (H + 2p − kernel) / stride + 1, (W + 2p − kernel) / stride + 1, channels];
///   the weights are [kernel, kernel, C, channels].
public struct Convolution {
  let name: String
  let channels: Int
  let kernel: Int
  let stride: Int
  let padding: Padding
  let bias: Bool
  let initial: Initial

  /// What stands around an image.
  public enum Padding: Hashable, Sendable {
    /// Nothing: only windows that lie whole in the image count.
    case none
    /// So many zeros on each side.
    case zero(Int)
    /// So many pixels on each side, mirrored at the border.
    case reflect(Int)
  }

  /// Describes the layer; its parameters are declared when it is called.
  public init(
    _ name: String, _ channels: Int, kernel: Int, stride: Int = 1, padding: Padding = .none, bias: Bool = true, initial: Initial = .uniform
  ) {
    self.name = name
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.bias = bias
    self.initial = initial
  }

  /// Declares the parameters and convolves `images`.
  public func callAsFunction(_ images: Value, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    let builder = images.builder
    guard images.rank >= 3, let inputs = images.shape.last else {
      throw Diagnostic("the convolution '\(name)' needs images […, rows, columns, channels], and got \(images)", at: position)
    }
    return try scope(name) {
      let weights = try builder.parameter(
        "weight", [kernel, kernel, inputs, channels], initial: initial.value(inputs: inputs * kernel * kernel), at: position)
      let operation = Operations.Convolution(stride: [stride, stride], padding: padding.operations)
      guard bias else { return try builder.append(operation, images.id, weights.id, at: position) }
      let shift = try builder.parameter("bias", [channels], initial: Initial.uniform.value(inputs: inputs * kernel * kernel), at: position)
      return try builder.append(operation, images.id, weights.id, shift.id, at: position)
    }
  }
}

extension Convolution.Padding {
  /// The padding as the operation has it.
  fileprivate var operations: Operations.Padding {
    switch self {
    case .none: .valid
    case .zero(let count): .zero(count)
    case .reflect(let count): .reflect(count)
    }
  }
}
