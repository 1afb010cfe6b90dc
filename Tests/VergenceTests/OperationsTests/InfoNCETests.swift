import Foundation
import Graph
import Operations
import Support
import Tensors
import Testing

/// The objective against its definition, written out in loops over images and locations.
@Suite("InfoNCE")
struct InfoNCETests {
  private static func draw(_ shape: [Int], _ name: String, scale: Double = 2) -> Tensor {
    let draws = Philox(seed: 5, stream: name)
    return Tensor(shape) { (i: Int) in scale * (2 * draws.uniform(element: UInt64(i), step: 0) - 1) }
  }

  /// −log(e^s(i,i,l) / (e^s(i,i,l) + Σ_{j≠i, l'} e^s(i,j,l'))), averaged, and λ · mean(raw²).
  private static func definition(_ sources: Tensor, _ targets: Tensor, clip: Double, penalty: Double) -> [Double] {
    let (batch, locations, width) = (targets.shape[0], targets.shape[1], targets.shape[2])
    func raw(_ i: Int, _ j: Int, _ l: Int) -> Double {
      (0..<width).reduce(0) { $0 + sources[[i, $1]] * targets[[j, l, $1]] } / Double(width).squareRoot()
    }
    func s(_ i: Int, _ j: Int, _ l: Int) -> Double { clip * Foundation.tanh(raw(i, j, l) / clip) }
    var (loss, squares) = (0.0, 0.0)
    for i in 0..<batch {
      for l in 0..<locations {
        var denominator = Foundation.exp(s(i, i, l))
        for j in 0..<batch where j != i {
          for other in 0..<locations { denominator += Foundation.exp(s(i, j, other)) }
        }
        loss -= Foundation.log(Foundation.exp(s(i, i, l)) / denominator)
        for j in 0..<batch { squares += raw(i, j, l) * raw(i, j, l) }
      }
    }
    return [loss / Double(batch * locations), penalty * squares / Double(batch * batch * locations)]
  }

  @Test("loss and penalty are those of the definition", arguments: [(2, 1, 4), (5, 7, 3), (3, 25, 8)])
  func definition(_ batch: Int, _ locations: Int, _ width: Int) throws {
    let (sources, targets) = (Self.draw([batch, width], "sources"), Self.draw([batch, locations, width], "targets"))
    var environment = EvaluationEnvironment()
    let results = try InfoNCE(clip: 20, penalty: 0.05).evaluate([sources, targets], in: &environment)
    let expected = Self.definition(sources, targets, clip: 20, penalty: 0.05)
    for (result, expected) in zip(results, expected) { #expect(abs(result.elements[0] - expected) < 1e-12) }
  }

  @Test("equal scores lose the logarithm of the number of candidates")
  func guess() throws {
    var environment = EvaluationEnvironment()
    let results = try InfoNCE(clip: 20, penalty: 0.05).evaluate([Tensor([4, 3], repeating: 0), Tensor([4, 6, 3], repeating: 0)], in: &environment)
    #expect(abs(results[0].elements[0] - Foundation.log(Double(3 * 6 + 1))) < 1e-12)
    #expect(results[1].elements[0] == 0)
  }

  @Test("nothing overflows where scores are far beyond the clip", arguments: [1e3, -1e3])
  func large(scale: Double) throws {
    let (sources, targets) = (Self.draw([3, 4], "sources", scale: scale), Self.draw([3, 5, 4], "targets", scale: 1e3))
    var graph = Graph(name: "large")
    let operands = try [sources, targets].enumerated().map { try graph.one(Input(name: "\($0)", type: TensorType(.f32, $1.shape))) }
    let nce = InfoNCE(clip: 20, penalty: 0.05)
    guard case .expansion(let expand) = nce.lower(operands.map(graph.type), to: [.scalar(.f32), .scalar(.f32)]) else {
      Issue.record("the objective is rewritten into other operations")
      return
    }
    let results = try expand(&graph, operands)
    var environment = EvaluationEnvironment(inputs: ["0": sources, "1": targets])
    let values = try Evaluator.values(of: graph, in: &environment)
    let expected = Self.definition(sources, targets, clip: 20, penalty: 0.05)
    for (result, expected) in zip(results, expected) {
      let computed = try #require(values[result]).elements[0]
      #expect(abs(computed - expected) <= 1e-12 * max(1, abs(expected)))
    }
    // What single precision holds up to is e^88.
    let largest = values.filter { graph[$0.key.node].mnemonic == "exp" }.values.flatMap(\.elements).max() ?? 0
    #expect(largest <= Foundation.exp(41), "exponentials of single precision stay finite")
  }

  @Test("a batch of one and other widths are refused")
  func refused() throws {
    let nce = InfoNCE(clip: 20, penalty: 0.05)
    #expect(throws: Diagnostic.self) { try nce.infer([TensorType(.f32, [1, 4]), TensorType(.f32, [1, 5, 4])]) }
    #expect(throws: Diagnostic.self) { try nce.infer([TensorType(.f32, [2, 4]), TensorType(.f32, [2, 5, 6])]) }
    #expect(throws: Diagnostic.self) { try nce.infer([TensorType(.f32, [3, 4]), TensorType(.f32, [2, 5, 4])]) }
  }
}
