import Graph
import Operations
import Support
import Tensors
import Testing

/// Draws are the function of seed, step, name and place that their documentation says.
@Suite("Random draws")
struct RandomTests {
  private func draw(_ operation: any Operation, seed: Int32, step: Int32) throws -> Tensor {
    var environment = EvaluationEnvironment()
    return try operation.evaluate([Tensor(scalar: Double(seed)), Tensor(scalar: Double(step))], in: &environment)[0]
  }

  @Test("are Philox's words, and a negative seed or step is its bits", arguments: [(1, 0), (7, 3), (-1, 5), (3, -2)] as [(Int32, Int32)])
  func words(_ seed: Int32, _ step: Int32) throws {
    let philox = Philox(seed: UInt32(bitPattern: seed), stream: "noise")
    let uniform = try draw(Random(name: "noise", type: TensorType(valid: .f32, [3, 4])), seed: seed, step: step)
    let whole = try draw(Random(name: "noise", type: TensorType(valid: .i32, [12]), below: 25), seed: seed, step: step)
    for i in 0..<12 {
      let word = philox.words(element: UInt64(i), step: UInt64(UInt32(bitPattern: step)))[0]
      #expect(uniform.elements[i] == Double(word >> 8) / 0x1p24)
      #expect(whole.elements[i] == Double((UInt64(word) * 25) >> 32))
    }
  }

  @Test("differ by name, seed and step, and cover their range evenly")
  func spread() throws {
    let type = TensorType(valid: .f32, [4000])
    let draws = try [("a", 1, 0), ("b", 1, 0), ("a", 2, 0), ("a", 1, 1)].map { try draw(Random(name: $0.0, type: type), seed: $0.1, step: $0.2) }
    #expect(Set(draws).count == 4)
    for draw in draws {
      #expect(draw.elements.allSatisfy { (0..<1).contains($0) })
      #expect(abs(draw.elements.reduce(0, +) / 4000 - 0.5) < 0.02)
    }
    let whole = try draw(Random(name: "a", type: TensorType(valid: .i32, [4000]), below: 5), seed: 1, step: 0)
    for value in 0..<5 { #expect(abs(whole.elements.count { $0 == Double(value) } - 800) < 120) }
  }

  @Test("dropout keeps a share of 1 − rate, scaled so that the mean stays")
  func dropout() throws {
    var environment = EvaluationEnvironment()
    let operands = [Tensor([4000], repeating: 1), Tensor(scalar: 1), Tensor(scalar: 9)]
    let result = try Dropout(name: "hidden", rate: 0.2).evaluate(operands, in: &environment)[0]
    #expect(Set(result.elements) == [0, 1.25])
    #expect(abs(result.elements.reduce(0, +) / 4000 - 1) < 0.03)
  }
}
