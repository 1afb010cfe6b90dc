import Graph
import Loops
import Support
import Tensors

/// A row of the table of element-wise functions of one number: its name, value, derivative and kernel on neighbouring lines.
package protocol UnaryRow: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// Where the function is defined and smooth enough for finite differences.
  static var domain: ClosedRange<Double> { get }
  static func value(_ x: Double) -> Double
  /// The gradient with respect to the operand `x`, given the result `y` and its gradient `seed`.
  static func gradient(_ graph: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID?
  static func kernel(_ x: Scalar) -> Scalar
}

/// A function of one number, applied to every element.
package struct Unary<Row: UnaryRow>: ElementwiseOperation {
  package static var mnemonic: String { Row.name }
  package static var documentation: OperationDocumentation { OperationDocumentation(Row.summary, shapes: "[…] → [the same]") }
  package static var examples: [OperationExample] {
    [[3, 5], [37], []].map { OperationExample(Unary<Row>(), [TensorType(valid: .f32, $0)], domain: Row.domain) }
  }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    return operands
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try Row.gradient(&context.graph, x: context.operands[0], y: context.results[0], seed: seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] { [operands[0].map(Row.value)] }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { at, _ in [Row.kernel(.load(buffer: 0, at: .position(of: at, in: results[0].shape), operands[0].element))] }
  }
}
