import Graph
import Loops
import Support
import Tensors

/// Whether a relation holds, element by element.
package struct Compare: Operation {
  package static let mnemonic = "compare"
  package static let documentation = OperationDocumentation(
    "Whether `relation` holds between the elements of two tensors of one shape.", shapes: "[…], [the same] → bool[the same]",
    details: "A comparison with a number that is not one is false, but for `unequal`. It has no gradient.")
  package static var examples: [OperationExample] {
    Relation.allCases.flatMap { relation in
      [ElementType.f32, .i32].map { OperationExample(Compare(relation), [TensorType(valid: $0, [3, 7]), TensorType(valid: $0, [3, 7])]) }
    }
  }

  package let relation: Relation

  package init(_ relation: Relation) { self.relation = relation }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    guard operands[0] == operands[1] else { throw Diagnostic("types differ: \(operands[0]) and \(operands[1])") }
    guard operands[0].element != .bool else { throw Diagnostic("needs numbers, and got \(operands[0])") }
    return [operands[0].with(.bool)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [nil, nil] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(operands[0].shape, zip(operands[0].elements, operands[1].elements).map { holds($0, $1) ? 1 : 0 })]
  }

  private func holds(_ a: Double, _ b: Double) -> Bool {
    switch relation {
    case .equal: a == b
    case .unequal: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [relation] at, _ in
      let position = Index.position(of: at, in: results[0].shape)
      return [.compare(relation, .load(buffer: 0, at: position, operands[0].element), .load(buffer: 1, at: position, operands[1].element))]
    }
  }
}
