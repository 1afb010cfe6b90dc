import Graph
import Loops
import Support
import Tensors

/// Gives the elements another shape.
package struct Reshape: Operation {
  package static let mnemonic = "reshape"
  package static let documentation = OperationDocumentation(
    "The same elements in the same row-major order under the shape `shape`.", shapes: "[…] → [shape]")
  package static var examples: [OperationExample] {
    [
      OperationExample(Reshape(shape: [4, 6]), [TensorType(valid: .f32, [2, 3, 4])]),
      OperationExample(Reshape(shape: []), [TensorType(valid: .f32, [1, 1])]),
      OperationExample(Reshape(shape: [3, 1, 2]), [TensorType(valid: .i32, [6])]),
    ]
  }

  package let shape: [Int]

  package init(shape: [Int]) { self.shape = shape }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let result = try TensorType(operands[0].element, shape)
    guard result.count == operands[0].count else {
      throw Diagnostic("can't give \(operands[0]) the shape \(shape): \(operands[0].count) and \(result.count) elements")
    }
    return [result]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try context.graph.reshape(seed, to: context.graph.type(of: context.operands[0]).shape)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(shape, operands[0].elements)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .alias }
}
