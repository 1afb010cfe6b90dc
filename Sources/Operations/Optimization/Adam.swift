import Graph
import Loops
import Support
import Tensors

/// One update of a parameter by Adam, with weight decay added to the gradient.
package struct Adam: Operation {
  package static let mnemonic = "adam"
  package static let documentation = OperationDocumentation(
    "One update of a parameter by Adam with L2 weight decay: the new parameter and its new moments.",
    shapes: "parameter, gradient, m, v f32[…], rate f32[], correction1 f32[], correction2 f32[] → parameter, m, v f32[the same]",
    details: "g = gradient + weight_decay · parameter, m ← beta1 · m + (1 − beta1) · g, v ← beta2 · v + (1 − beta2) · g², "
      + "parameter ← parameter − rate / correction1 · m / (√v / √correction2 + epsilon), where correction is 1 − betaᵗ at update t, from 1. It has no gradient.",
    source: "Kingma, Ba 2015, algorithm 1; torch.optim.Adam")
  package static var examples: [OperationExample] {
    [[3, 5], [67]].map { shape in
      OperationExample(
        Adam(beta1: 0.8, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5),
        Array(repeating: TensorType(valid: .f32, shape), count: 4) + Array(repeating: .scalar(.f32), count: 3), domain: 0.1...1)
    }
  }

  package let beta1: Double
  package let beta2: Double
  package let epsilon: Double
  package let weightDecay: Double

  private enum CodingKeys: String, CodingKey {
    case beta1, beta2, epsilon
    case weightDecay = "weight_decay"
  }

  package init(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 7)
    guard operands[0].element == .f32 else { throw Diagnostic("needs an f32 parameter, and got \(operands[0])") }
    for operand in operands[1..<4] where operand != operands[0] {
      throw Diagnostic("gradient and moments need the parameter's type \(operands[0]), and got \(operand)")
    }
    for operand in operands[4...] where operand != .scalar(.f32) { throw Diagnostic("rate and corrections are numbers, and got \(operand)") }
    guard (0..<1).contains(beta1), (0..<1).contains(beta2) else { throw Diagnostic("needs betas from 0 to below 1, and got \(beta1) and \(beta2)") }
    guard epsilon > 0, weightDecay >= 0 else {
      throw Diagnostic("needs an epsilon above 0 and a weight decay from 0, and got \(epsilon) and \(weightDecay)")
    }
    return Array(repeating: operands[0], count: 3)
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { context.operands.map { _ in nil } }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    var (parameter, m, v) = (operands[0], operands[2], operands[3])
    let (rate, correction1, correction2) = (operands[4].elements[0], operands[5].elements[0], operands[6].elements[0])
    for i in parameter.elements.indices {
      let gradient = operands[1].elements[i] + weightDecay * parameter.elements[i]
      m.elements[i] = beta1 * m.elements[i] + (1 - beta1) * gradient
      v.elements[i] = beta2 * v.elements[i] + (1 - beta2) * gradient * gradient
      let deviation = v.elements[i].squareRoot() / correction2.squareRoot() + epsilon
      parameter.elements[i] -= rate / correction1 * m.elements[i] / deviation
    }
    return [parameter, m, v]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [self] at, _ in
      func element(_ operand: Int) -> Scalar { .load(buffer: operand, at: .position(of: at, in: results[0].shape), .f32) }
      func number(_ operand: Int) -> Scalar { .load(buffer: operand, at: Index(0), .f32) }
      let gradient = element(1) + .number(weightDecay) * element(0)
      let m = .number(beta1) * element(2) + .number(1 - beta1) * gradient
      let v = .number(beta2) * element(3) + .number(1 - beta2) * (gradient * gradient)
      let deviation = Scalar.unary(.squareRoot, v) / .unary(.squareRoot, number(6)) + .number(epsilon)
      return [element(0) - number(4) / number(5) * (m / deviation), m, v]
    }
  }
}
