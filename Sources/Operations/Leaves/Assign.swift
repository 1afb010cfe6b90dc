import Graph
import Loops
import Support
import Tensors

/// Makes a value the state's at the end of the step.
package struct Assign: Operation {
  package static let mnemonic = "assign"
  package static let documentation = OperationDocumentation(
    "Makes the operand the named state's value at the end of the step; every read in the step sees the value before.", shapes: "type →",
    details: "The name must be that of a parameter or state of the same type, and is assigned once a step.")
  package static let examples: [OperationExample] = []

  package let name: String

  package init(name: String) { self.name = name }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    return []
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [nil] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    environment.assigned[name] = operands[0]
    return []
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .external }
}
