import Graph
import Loops
import Support
import Tensors

/// Lets a value through and no gradient back.
package struct StopGradient: Operation {
  package static let mnemonic = "stop_gradient"
  package static let documentation = OperationDocumentation(
    "The operand, as a constant in the eyes of differentiation.", shapes: "[…] → [the same]",
    details: "It has no gradient: that is what it is for.")
  package static var examples: [OperationExample] { [OperationExample(StopGradient(), [TensorType(valid: .f32, [3, 5])])] }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    return operands
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [nil] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] { operands }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .alias }
}
