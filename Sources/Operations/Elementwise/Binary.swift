import Graph
import Loops
import Support
import Tensors

/// A row of the table of element-wise functions of two numbers.
package protocol BinaryRow: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// The function that kernels compute.
  static var kernel: BinaryFunction { get }
  /// The range that examples draw from.
  static var domain: ClosedRange<Double> { get }
  static func value(_ a: Double, _ b: Double) -> Double
  /// The gradients with respect to the operands, given the result's gradient `seed`.
  static func gradients(_ graph: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?]
}

/// A function of two numbers, applied to the elements of two tensors of one shape.
package struct Binary<Row: BinaryRow>: ElementwiseOperation {
  package static var mnemonic: String { Row.name }
  package static var documentation: OperationDocumentation {
    OperationDocumentation(Row.summary, shapes: "[…], [the same] → [the same]", details: "Shapes must be equal; `broadcast` makes them so.")
  }
  package static var examples: [OperationExample] {
    [[3, 5], [41], []].map { shape in
      OperationExample(Binary<Row>(), [TensorType(valid: .f32, shape), TensorType(valid: .f32, shape)], domain: Row.domain)
    }
  }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    guard operands[0].shape == operands[1].shape else { throw Diagnostic("shapes differ: \(operands[0]) and \(operands[1])") }
    guard operands[0].element == operands[1].element else { throw Diagnostic("element types differ: \(operands[0]) and \(operands[1])") }
    guard operands[0].element != .bool else { throw Diagnostic("needs numbers, and got \(operands[0])") }
    return [operands[0]]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0], context.graph.type(of: seed).element.isFloating else { return [nil, nil] }
    return try Row.gradients(&context.graph, context.operands[0], context.operands[1], seed: seed)
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(operands[0].shape, zip(operands[0].elements, operands[1].elements).map(Row.value))]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { at, _ in
      let position = Index.position(of: at, in: results[0].shape)
      return [.binary(Row.kernel, .load(buffer: 0, at: position, operands[0].element), .load(buffer: 1, at: position, operands[1].element))]
    }
  }
}
