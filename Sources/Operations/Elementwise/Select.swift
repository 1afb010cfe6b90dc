import Graph
import Loops
import Support
import Tensors

/// Takes each element from one of two tensors.
package struct Select: Operation {
  package static let mnemonic = "select"
  package static let documentation = OperationDocumentation(
    "The second operand's element where the first holds, else the third's.", shapes: "bool[…], [the same], [the same] → [the same]")
  package static var examples: [OperationExample] {
    [OperationExample(Select(), [TensorType(valid: .bool, [4, 5]), TensorType(valid: .f32, [4, 5]), TensorType(valid: .f32, [4, 5])])]
  }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 3)
    guard operands[0].element == .bool else { throw Diagnostic("needs truth values first, and got \(operands[0])") }
    guard operands[1] == operands[2], operands[0].shape == operands[1].shape else {
      throw Diagnostic("types differ: \(operands[0]), \(operands[1]) and \(operands[2])")
    }
    return [operands[1]]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil, nil] }
    let (condition, zero) = (context.operands[0], try context.graph.filled(0, like: seed))
    return [nil, try context.graph.select(condition, seed, zero), try context.graph.select(condition, zero, seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(operands[1].shape) { operands[0].elements[$0] != 0 ? operands[1].elements[$0] : operands[2].elements[$0] }]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { at, _ in
      let position = Index.position(of: at, in: results[0].shape)
      let loads = operands.enumerated().map { Scalar.load(buffer: $0, at: position, $1.element) }
      return [.select(loads[0], loads[1], loads[2])]
    }
  }
}
