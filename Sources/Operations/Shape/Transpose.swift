import Graph
import Loops
import Support
import Tensors

/// Puts the dimensions into another order.
package struct Transpose: Operation {
  package static let mnemonic = "transpose"
  package static let documentation = OperationDocumentation(
    "The operand with its dimensions in another order.", shapes: "[…] → […]",
    details: "The result's dimension d is the operand's dimension `permutation[d]`.")
  package static var examples: [OperationExample] {
    [
      OperationExample(Transpose(permutation: [1, 0]), [TensorType(valid: .f32, [3, 19])]),
      OperationExample(Transpose(permutation: [2, 0, 1]), [TensorType(valid: .f32, [2, 3, 4])]),
      OperationExample(Transpose(permutation: [0, 2, 1, 3]), [TensorType(valid: .i32, [2, 3, 2, 5])]),
    ]
  }

  package let permutation: [Int]

  package init(permutation: [Int]) { self.permutation = permutation }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    guard permutation.sorted() == Array(0..<operands[0].rank) else {
      throw Diagnostic("\(permutation) is not an order of the dimensions of \(operands[0])")
    }
    return [operands[0].with(shape: permutation.map { operands[0].shape[$0] })]
  }

  /// For each dimension of the operand, which of the result's it is.
  private var inverse: [Int] { permutation.indices.sorted { permutation[$0] < permutation[$1] } }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try context.graph.transpose(seed, inverse)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let inverse = inverse
    return [Tensor(permutation.map { operands[0].shape[$0] }, at: { at in operands[0][inverse.map { at[$0] }] })]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [inverse] at, _ in
      [.load(buffer: 0, at: .position(of: inverse.map { at[$0] }, in: operands[0].shape), operands[0].element)]
    }
  }
}
