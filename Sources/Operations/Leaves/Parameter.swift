import Graph
import Loops
import Support
import Tensors

/// A named tensor that the optimiser changes.
package struct Parameter: Operation {
  package static let mnemonic = "parameter"
  package static let documentation = OperationDocumentation(
    "A named state tensor that the optimiser changes: its value before the step.", shapes: "→ type",
    details: "`initial` says what it holds before the first step, as a function of the seed and the name.")
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

extension EvaluationEnvironment {
  /// The state tensor called `name`, which must have `type`'s shape.
  func stateTensor(named name: String, type: TensorType) throws -> Tensor {
    guard let tensor = state[name] else { throw Diagnostic("the state '\(name)' was not given") }
    guard tensor.shape == type.shape else { throw Diagnostic("the state '\(name)' has shape \(tensor.shape), and the graph holds \(type)") }
    return tensor
  }
}
