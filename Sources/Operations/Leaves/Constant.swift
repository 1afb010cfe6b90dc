import Graph
import Loops
import Support
import Tensors

/// A tensor whose elements are all one number.
package struct Constant: Operation {
  package static let mnemonic = "constant"
  package static let documentation = OperationDocumentation("A tensor whose elements are all `value`.", shapes: "→ type")
  package static var examples: [OperationExample] {
    [
      OperationExample(Constant(0.5, TensorType(valid: .f32, [2, 3])), []),
      OperationExample(Constant(7, .scalar(.i32)), []),
    ]
  }

  package let value: Double
  package let type: TensorType

  package init(_ value: Double, _ type: TensorType) {
    self.value = value
    self.type = type
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 0)
    if type.element == .i32, Int32(exactly: value) == nil { throw Diagnostic("value \(value) is not an i32") }
    return [type]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(type.shape, repeating: value)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [value, type] _, _ in [.constant(value, type.element)] }
  }
}
