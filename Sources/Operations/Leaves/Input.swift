import Graph
import Loops
import Support
import Tensors

/// A tensor that is fed to every step.
package struct Input: Operation {
  package static let mnemonic = "input"
  package static let documentation = OperationDocumentation(
    "A tensor that is fed to every step; written in the graph's first line.", shapes: "→ type")
  package static let examples: [OperationExample] = []

  package let name: String
  package let type: TensorType

  package init(name: String, type: TensorType) {
    self.name = name
    self.type = type
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 0)
    return [type]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    guard let tensor = environment.inputs[name] else { throw Diagnostic("the input '\(name)' was not given") }
    guard tensor.shape == type.shape else { throw Diagnostic("the input '\(name)' has shape \(tensor.shape), and the graph takes \(type)") }
    return [tensor]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .external }
}
