import Graph
import Operations
import Support
import Tensors

extension Graph {
  /// Appends the gradients of `loss` with respect to `targets` and returns them.
  ///
  /// - Shapes: loss f32[]; each gradient has its target's type.
  /// - Returns: `nil` for a target that the loss doesn't depend on, or only along paths without a gradient, like a comparison or `stop_gradient`.
  /// - Errors: the loss is no f32 number; an operation on the way has no gradient, which the message names with its place in the model.
  package mutating func differentiate(_ loss: ValueID, withRespectTo targets: [ValueID]) throws -> [ValueID?] {
    guard type(of: loss) == .scalar(.f32) else {
      throw Diagnostic(
        "only an f32[] can be differentiated, and the loss is \(type(of: loss))", at: self[loss.node].position, hint: "take a mean or a sum of it")
    }
    let last = nodes.count
    return try backpropagate([loss: constant(1, .scalar(.f32))], through: 0..<last, to: targets)
  }
}
