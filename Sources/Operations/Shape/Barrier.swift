import Graph
import Loops
import Tensors

/// A tensor under another name, so that what is computed from it is computed again.
package struct Barrier: Operation {
  package static let mnemonic = "barrier"
  package static let documentation = OperationDocumentation(
    "The operand itself, as a value of its own: what is computed from it is not taken from what was computed from the operand, but computed again.",
    shapes: "[…] → [the same]",
    details: "So a tensor that is large and quickly made need not be kept from the forward to the backward pass. It costs nothing by itself.")
  package static var examples: [OperationExample] { [OperationExample(Barrier(), [TensorType(valid: .f32, [3, 5])])] }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    return operands
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [context.seeds[0]] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] { operands }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .alias }
}
