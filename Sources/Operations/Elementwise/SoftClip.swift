import Graph
import Loops
import Support
import Tensors

/// Bends numbers smoothly into a range.
package struct SoftClip: Operation {
  package static let mnemonic = "soft_clip"
  package static let documentation = OperationDocumentation(
    "limit · tanh(x / limit): near x where x is small, and never beyond ±`limit`.", shapes: "[…] → [the same]",
    source: "Bachman et al. 2019, §3.2")
  package static var examples: [OperationExample] {
    [
      OperationExample(SoftClip(limit: 20), [TensorType(valid: .f32, [3, 5])], domain: -40...40),
      OperationExample(SoftClip(limit: 1.5), [TensorType(valid: .f32, [37])]),
    ]
  }

  package let limit: Double

  package init(limit: Double) { self.limit = limit }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    guard limit > 0, limit.isFinite else { throw Diagnostic("needs a limit above 0, and got \(limit)") }
    return operands
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    // The derivative is 1 − tanh²(x / limit), and the tanh is the result over the limit.
    let tanh = try context.graph.scaled(context.results[0], by: 1 / limit)
    let derivative = try context.graph.subtract(context.graph.filled(1, like: tanh), context.graph.multiply(tanh, tanh))
    return [try context.graph.multiply(seed, derivative)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [operands[0].map { limit * HyperbolicTangent.value($0 / limit) }]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [limit] at, _ in
      let element = Scalar.load(buffer: 0, at: .position(of: at, in: results[0].shape), operands[0].element)
      return [.number(limit) * .unary(.tanh, element * .number(1 / limit))]
    }
  }
}
