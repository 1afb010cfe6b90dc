import Graph
import Loops
import Support
import Tensors

/// A tensor that holds one of its own coordinates.
package struct Iota: Operation {
  package static let mnemonic = "iota"
  package static let documentation = OperationDocumentation("A tensor whose elements are their own coordinate along `axis`.", shapes: "→ type")
  package static var examples: [OperationExample] {
    [
      OperationExample(Iota(axis: 0, TensorType(valid: .i32, [4, 3])), []),
      OperationExample(Iota(axis: 1, TensorType(valid: .f32, [2, 19])), []),
    ]
  }

  package let axis: Int
  package let type: TensorType

  package init(axis: Int, _ type: TensorType) {
    self.axis = axis
    self.type = type
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 0)
    try requireAxis(axis, of: type)
    guard type.element == .i32 || type.element == .f32, type.shape[axis] <= 1 << 24 else {
      throw Diagnostic("counts up to 2²⁴ in i32 or f32, and got \(type)")
    }
    return [type]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(type.shape, at: { Double($0[axis]) })]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [axis, type] at, _ in
      let coordinate = Scalar.index(at[axis])
      return [type.element == .i32 ? coordinate : .cast(coordinate, type.element)]
    }
  }
}
