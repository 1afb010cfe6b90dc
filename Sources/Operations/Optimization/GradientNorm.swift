import Graph
import Loops
import Support
import Tensors

/// The length of the vector that several tensors make together.
package struct GradientNorm: Operation {
  package static let mnemonic = "gradient_norm"
  package static let documentation = OperationDocumentation(
    "The square root of the sum of the squares of all elements of all operands.", shapes: "f32[…], f32[…], … → f32[]",
    details: "Operands may have different shapes; there is at least one.")
  package static var examples: [OperationExample] {
    [[[3, 5]], [[4], [2, 3], []]].map { shapes in OperationExample(GradientNorm(), shapes.map { TensorType(valid: .f32, $0) }) }
  }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    guard !operands.isEmpty else { throw Diagnostic("takes operands, and got none") }
    for operand in operands where operand.element != .f32 { throw Diagnostic("needs f32, and got \(operand)") }
    return [.scalar(.f32)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return context.operands.map { _ in nil } }
    let rate = try context.graph.divide(seed, context.results[0])
    return try context.operands.map { x in
      let shape = context.graph.type(of: x).shape
      return try context.graph.multiply(x, context.graph.broadcast(rate, to: shape, dimensions: []))
    }
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(scalar: operands.reduce(0) { $1.elements.reduce($0) { $0 + $1 * $1 } }.squareRoot())]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .expansion { graph, operands in
      var total: ValueID?
      for x in operands {
        let square = try graph.reduce(.sum, graph.multiply(x, x), over: Array(graph.type(of: x).shape.indices))
        total = try total.map { try graph.add($0, square) } ?? square
      }
      guard let total else { preconditionFailure("there is an operand") }
      return [try graph.sqrt(total)]
    }
  }
}
