import Graph
import Operations
import Support
import Tensors

/// A linear map of the last dimension, with the parameters `NAME.weight` and, with a bias, `NAME.bias`.
///
/// - Shapes: […, C] → […, channels]; the weights are [C, channels].
public struct Linear {
  let name: String
  let channels: Int
  let bias: Bool
  let initial: Initial

  /// Describes the layer; its parameters are declared when it is called.
  public init(_ name: String, _ channels: Int, bias: Bool = true, initial: Initial = .uniform) {
    self.name = name
    self.channels = channels
    self.bias = bias
    self.initial = initial
  }

  /// Declares the parameters and maps `x`.
  public func callAsFunction(_ x: Value, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    guard let inputs = x.shape.last else { throw Diagnostic("the layer '\(name)' needs at least one dimension, and got \(x)", at: position) }
    return try scope(name) {
      let weights = try x.builder.parameter("weight", [inputs, channels], initial: initial.value(inputs: inputs), at: position)
      let result = try x.builder.build(at: position) { graph in
        let rows = try graph.reshape(x.id, to: [x.type.count / inputs, inputs])
        return try graph.reshape(graph.product(rows, weights.id), to: x.shape.dropLast() + [channels])
      }
      guard bias else { return result }
      let shift = try x.builder.parameter("bias", [channels], initial: Initial.uniform.value(inputs: inputs), at: position)
      return try x.builder.build(at: position) { try $0.add(result.id, $0.broadcast(shift.id, to: result.shape, dimensions: [x.rank - 1])) }
    }
  }
}
