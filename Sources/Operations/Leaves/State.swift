import Graph
import Loops
import Support
import Tensors

/// A named tensor that outlives the step and has no gradient.
package struct State: Operation {
  package static let mnemonic = "state"
  package static let documentation = OperationDocumentation(
    "A named tensor that outlives the step and has no gradient: its value before the step.", shapes: "→ type",
    details: "Running statistics, the optimiser's moments, the step's number and the seed are held so.")
  package static let examples: [OperationExample] = []

  package let name: String
  package let type: TensorType
  package let initial: InitialValue

  package init(name: String, type: TensorType, initial: InitialValue) {
    self.name = name
    self.type = type
    self.initial = initial
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 0)
    return [type]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [try environment.stateTensor(named: name, type: type)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .external }
}
