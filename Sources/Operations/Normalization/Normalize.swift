import Graph
import Loops
import Support
import Tensors

/// Batch normalisation in use: activations are scaled and shifted by statistics that were gathered in training.
package struct Normalize: Operation {
  package static let mnemonic = "normalize"
  package static let documentation = OperationDocumentation(
    "Batch normalisation in use: y = scale · (x − mean) / √(variance + epsilon) + shift, with statistics gathered before.",
    shapes: "x […, C], scale [C], shift [C], mean [C], variance [C] → […, C]", source: "Ioffe, Szegedy 2015, algorithm 2")
  package static var examples: [OperationExample] {
    [[4, 5], [2, 3, 2, 17], [7]].map { shape in
      let channel = TensorType(valid: .f32, [shape[shape.count - 1]])
      return OperationExample(Normalize(epsilon: 1e-5), [TensorType(valid: .f32, shape), channel, channel, channel, channel], domain: 0.2...2)
    }
  }

  package let epsilon: Double

  package init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 5)
    try requireFloating(operands[0])
    guard let channels = operands[0].shape.last else { throw Diagnostic("needs activations […, channels], and got \(operands[0])") }
    for (operand, what) in zip(operands[1...], ["scale", "shift", "mean", "variance"]) where operand != operands[0].with(shape: [channels]) {
      throw Diagnostic("needs a \(what) for each of \(channels) channels, and got \(operand)")
    }
    guard epsilon > 0, epsilon.isFinite else { throw Diagnostic("needs an epsilon above 0, and got \(epsilon)") }
    return [operands[0]]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { try context.gradients(through: { try expand(&$0, $1) }) }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (scale, shift, mean, variance) = (operands[1].elements, operands[2].elements, operands[3].elements, operands[4].elements)
    return [
      Tensor(operands[0].shape) { i in
        let c = i % scale.count
        return scale[c] * (operands[0].elements[i] - mean[c]) / (variance[c] + epsilon).squareRoot() + shift[c]
      }
    ]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .expansion { try expand(&$0, $1) } }

  private func expand(_ graph: inout Graph, _ operands: [ValueID]) throws -> [ValueID] {
    let shape = graph.type(of: operands[0]).shape
    func spread(_ x: ValueID) throws -> ValueID { try graph.broadcast(x, to: shape, dimensions: [shape.count - 1]) }
    let factor = try graph.multiply(graph.reciprocalDeviation(operands[4], epsilon: epsilon), operands[1])
    let centred = try graph.subtract(operands[0], spread(operands[3]))
    return [try graph.add(graph.multiply(centred, spread(factor)), spread(operands[2]))]
  }
}
