import Graph
import Operations
import Support
import Tensors
import Testing

/// The three passes of a convolution are one trilinear form, and padding is what it says.
@Suite("Convolution")
struct ConvolutionTests {
  private static func draw(_ shape: [Int], _ name: String) -> Tensor {
    let draws = Philox(seed: 9, stream: name)
    return Tensor(shape) { (i: Int) in 2 * draws.uniform(element: UInt64(i), step: 0) - 1 }
  }

  private static func inner(_ a: Tensor, _ b: Tensor) -> Double { zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 } }

  @Test(
    "⟨conv(x, w), g⟩ = ⟨x, to_data(g, w)⟩ = ⟨w, to_weights(x, g)⟩",
    arguments: [
      ([3, 14, 14, 5], [4, 4, 5, 6], [2, 2]), ([2, 9, 7, 3], [3, 3, 3, 4], [1, 1]), ([2, 3, 11, 12, 2], [2, 2, 2, 3], [2, 2]),
      ([2, 13, 9, 3], [5, 3, 3, 2], [2, 3]), ([4, 6, 5, 7], [1, 1, 7, 3], [1, 1]), ([1, 7, 9, 2], [1, 2, 2, 2], [3, 3]),
    ])
  func trilinear(_ input: [Int], _ weights: [Int], _ stride: [Int]) throws {
    var environment = EvaluationEnvironment()
    let (x, w) = (Self.draw(input, "x"), Self.draw(weights, "w"))
    let y = try Convolution(stride: stride).evaluate([x, w], in: &environment)[0]
    let g = Self.draw(y.shape, "g")
    let toData = ConvolutionToData(stride: stride, height: input[input.count - 3], width: input[input.count - 2])
    let form = Self.inner(y, g)
    #expect(abs(form - Self.inner(x, try toData.evaluate([g, w], in: &environment)[0])) < 1e-10)
    let toWeights = ConvolutionToWeights(stride: stride, kernel: Array(weights.prefix(2)))
    #expect(abs(form - Self.inner(w, try toWeights.evaluate([x, g], in: &environment)[0])) < 1e-10)
  }

  @Test("an element is the sum that the definition says")
  func definition() throws {
    var environment = EvaluationEnvironment()
    let (x, w, b) = (Self.draw([2, 6, 7, 3], "x"), Self.draw([3, 2, 3, 4], "w"), Self.draw([4], "b"))
    let y = try Convolution(stride: [2, 1], padding: .zero(1)).evaluate([x, w, b], in: &environment)[0]
    #expect(y.shape == [2, 3, 8, 4])
    Tensor.forEachIndex(of: y.shape) { at in
      var sum = b[[at[3]]]
      Tensor.forEachIndex(of: [3, 2, 3]) { tap in
        let (row, column) = (at[1] * 2 + tap[0] - 1, at[2] + tap[1] - 1)
        guard (0..<6).contains(row), (0..<7).contains(column) else { return }
        sum += x[[at[0], row, column, tap[2]]] * w[[tap[0], tap[1], tap[2], at[3]]]
      }
      #expect(abs(y[at] - sum) < 1e-12)
    }
  }

  @Test("sizes that don't fit are refused with both shapes")
  func refused() throws {
    func message(_ convolution: Convolution, _ shapes: [[Int]]) throws -> String {
      do {
        _ = try convolution.infer(shapes.map { try TensorType(.f32, $0) })
        return ""
      } catch let problem as Diagnostic {
        return problem.message
      }
    }
    #expect(try message(Convolution(stride: [1, 1]), [[1, 8, 8, 3], [3, 3, 4, 5]]).contains("channels differ"))
    #expect(try message(Convolution(stride: [1, 1]), [[1, 2, 8, 3], [3, 3, 3, 5]]).contains("doesn't fit"))
    #expect(try message(Convolution(stride: [0, 1]), [[1, 8, 8, 3], [3, 3, 3, 5]]).contains("stride"))
    #expect(try message(Convolution(stride: [1, 1], padding: .reflect(8)), [[1, 8, 8, 3], [3, 3, 3, 5]]).contains("reflect"))
    #expect(try message(Convolution(stride: [1, 1], padding: .zero(-1)), [[1, 8, 8, 3], [3, 3, 3, 5]]) != "")
    #expect(try message(Convolution(stride: [.max, .max]), [[1, 8, 8, 3], [3, 3, 3, 5]]) == "")
    #expect(try message(Convolution(stride: [1, 1], padding: .zero(.max)), [[1, 8, 8, 3], [3, 3, 3, 5]]) != "")
  }
}
