import Graph
import Loops
import Support
import Tensors

/// Sets elements to zero at random and scales the others up.
package struct Dropout: Operation {
  package static let mnemonic = "dropout"
  package static let documentation = OperationDocumentation(
    "Each element is 0 with probability `rate`, else divided by 1 − `rate`.", shapes: "[…], i32[] seed, i32[] step → [the same]",
    details: "Element i is kept where element i of `random` with the same name, seed and step is at least `rate` (as an f32). "
      + "The gradient draws the same mask again, so that no mask is kept. The whole operands have no gradient.",
    source: "Srivastava et al. 2014, 'Dropout', §10 (the scaling is done in training)")
  package static var examples: [OperationExample] {
    let whole = TensorType.scalar(.i32)
    return [
      OperationExample(Dropout(name: "hidden", rate: 0.2), [TensorType(valid: .f32, [4, 19]), whole, whole], integerLimit: 1_000_000),
      OperationExample(Dropout(name: "none", rate: 0), [TensorType(valid: .f32, [5]), whole, whole], integerLimit: 1_000_000),
    ]
  }

  package let name: String
  package let rate: Double

  package init(name: String, rate: Double) {
    self.name = name
    self.rate = rate
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 3)
    try requireFloating(operands[0])
    guard rate >= 0, rate < 1 else { throw Diagnostic("needs a rate from 0 up to 1, and got \(rate)") }
    _ = try draws(operands[0]).infer(Array(operands.dropFirst()))
    return [operands[0]]
  }

  /// The draws that decide which elements of a tensor of `type` are kept.
  private func draws(_ type: TensorType) -> Random { Random(name: name, type: type.with(.f32)) }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil, nil] }
    return [try context.graph.one(self, seed, context.operands[1], context.operands[2]), nil, nil]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let draws = try draws(TensorType(.f32, operands[0].shape)).evaluate(Array(operands.dropFirst()), in: &environment)[0]
    // The rate is rounded as kernels see it, so that both keep the same elements.
    let threshold = Double(Float(rate))
    return [Tensor(operands[0].shape) { draws.elements[$0] >= threshold ? operands[0].elements[$0] / (1 - rate) : 0 }]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .expansion { graph, operands in
      let x = operands[0]
      let draws = try graph.one(draws(graph.type(of: x)), operands[1], operands[2])
      let isKept = try graph.compare(.greaterOrEqual, draws, graph.filled(rate, like: draws))
      return [try graph.select(isKept, graph.scaled(x, by: 1 / (1 - rate)), graph.filled(0, like: x))]
    }
  }
}
