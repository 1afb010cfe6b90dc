import Graph
import Loops
import Support
import Tensors

/// Repeats a tensor along new dimensions.
package struct Broadcast: Operation {
  package static let mnemonic = "broadcast"
  package static let documentation = OperationDocumentation(
    "Repeats the operand along the dimensions of `shape` that are not in `dimensions`.", shapes: "[extents] → [shape]",
    details: "The operand's dimension d becomes the result's dimension `dimensions[d]`, which ascend and have the operand's extents.")
  package static var examples: [OperationExample] {
    [
      OperationExample(Broadcast(shape: [2, 3, 4], dimensions: [2]), [TensorType(valid: .f32, [4])]),
      OperationExample(Broadcast(shape: [2, 3, 4], dimensions: [0, 2]), [TensorType(valid: .f32, [2, 4])]),
      OperationExample(Broadcast(shape: [3, 2], dimensions: [0]), [TensorType(valid: .i32, [3])]),
      OperationExample(Broadcast(shape: [5], dimensions: []), [TensorType(valid: .f32, [])]),
    ]
  }

  package let shape: [Int]
  package let dimensions: [Int]

  package init(shape: [Int], dimensions: [Int]) {
    self.shape = shape
    self.dimensions = dimensions
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let result = try TensorType(operands[0].element, shape)
    guard dimensions.count == operands[0].rank, zip(dimensions, dimensions.dropFirst()).allSatisfy(<),
      zip(dimensions, operands[0].shape).allSatisfy({ shape.indices.contains($0) && shape[$0] == $1 })
    else { throw Diagnostic("can't place the dimensions of \(operands[0]) at \(dimensions) of \(shape)") }
    return [result]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0], context.graph.type(of: seed).element.isFloating else { return [nil] }
    return [try context.graph.reduce(.sum, seed, over: shape.indices.filter { !dimensions.contains($0) })]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(shape, at: { at in operands[0][dimensions.map { at[$0] }] })]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [dimensions] at, _ in
      [.load(buffer: 0, at: .position(of: dimensions.map { at[$0] }, in: operands[0].shape), operands[0].element)]
    }
  }
}
