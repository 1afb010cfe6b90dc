import Graph
import Operations
import Tensors
import Testing

/// Adam over several updates, against the published algorithm written out for one number.
@Suite("Adam")
struct AdamTests {
  @Test("ten updates agree with the algorithm")
  func updates() throws {
    let adam = Adam(beta1: 0.8, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2)
    var (parameter, m, v) = (Tensor([2], [0.3, -1.2]), Tensor([2], repeating: 0), Tensor([2], repeating: 0))
    var expected = [(0.3, 0.0, 0.0), (-1.2, 0.0, 0.0)]
    var environment = EvaluationEnvironment()
    var (power1, power2) = (1.0, 1.0)
    for t in 1...10 {
      // The gradient of (x − 1)² / 2, which depends on the updates before.
      let gradient = parameter.map { $0 - 1 }
      power1 *= 0.8
      power2 *= 0.999
      for i in expected.indices {
        var (x, m, v) = expected[i]
        let g = (x - 1) + 1e-2 * x
        m = 0.8 * m + 0.2 * g
        v = 0.999 * v + 0.001 * g * g
        x -= 2e-4 * (m / (1 - power1)) / ((v / (1 - power2)).squareRoot() + 1e-8)
        expected[i] = (x, m, v)
      }
      let results = try adam.evaluate(
        [parameter, gradient, m, v, Tensor(scalar: 2e-4), Tensor(scalar: 1 - power1), Tensor(scalar: 1 - power2)], in: &environment)
      (parameter, m, v) = (results[0], results[1], results[2])
      for i in expected.indices {
        #expect(abs(parameter.elements[i] - expected[i].0) < 1e-14, "update \(t)")
        #expect(abs(m.elements[i] - expected[i].1) < 1e-14)
        #expect(abs(v.elements[i] - expected[i].2) < 1e-14)
      }
    }
  }

  @Test("moments of another shape are refused")
  func shapes() {
    let (vector, number) = (TensorType.scalar(.f32).with(shape: [3]), TensorType.scalar(.f32))
    let adam = Adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0)
    #expect(throws: (any Error).self) { try adam.infer([vector, vector, vector.with(shape: [4]), vector, number, number, number]) }
    #expect(throws: (any Error).self) {
      try Adam(beta1: 1, beta2: 0.999, epsilon: 1e-8, weightDecay: 0).infer([vector, vector, vector, vector, number, number, number])
    }
  }
}
