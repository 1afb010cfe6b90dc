import Graph
import Operations
import Support
import Tensors
import Testing

/// Batch norm's statistics are those of a view and channel, and running statistics take them in order.
@Suite("Batch norm")
struct BatchNormTests {
  private static func draw(_ shape: [Int], _ name: String) -> Tensor {
    let draws = Philox(seed: 11, stream: name)
    return Tensor(shape) { (i: Int) in 3 * draws.uniform(element: UInt64(i), step: 0) + 1 }
  }

  @Test("each view is normalised by its own mean and variance")
  func views() throws {
    let (x, scale, shift) = (Self.draw([2, 3, 4, 4, 5], "x"), Self.draw([5], "scale"), Self.draw([5], "shift"))
    var environment = EvaluationEnvironment()
    let results = try BatchNorm(epsilon: 1e-5, groups: 1).evaluate([x, scale, shift], in: &environment)
    for view in 0..<2 {
      for c in 0..<5 {
        let indices = (0..<3 * 4 * 4).map { [view, $0 / 16, $0 / 4 % 4, $0 % 4, c] }
        let mean = indices.reduce(0) { $0 + x[$1] } / 48
        let variance = indices.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / 48
        #expect(abs(results[1][[view, c]] - mean) < 1e-12)
        #expect(abs(results[2][[view, c]] - variance) < 1e-12)
        for at in indices {
          let expected = scale[[c]] * (x[at] - mean) / (variance + 1e-5).squareRoot() + shift[[c]]
          #expect(abs(results[0][at] - expected) < 1e-12)
        }
      }
    }
  }

  @Test("running statistics are updated once a view, in order, with the unbiased variance")
  func running() throws {
    var graph = Graph(name: "running")
    let running = try graph.one(Input(name: "running", type: TensorType(.f32, [3])))
    let batch = try graph.one(Input(name: "batch", type: TensorType(.f32, [2, 3])))
    graph.setOutput("mean", try graph.updatedStatistics(running, batch: batch, momentum: 0.1))
    graph.setOutput("variance", try graph.updatedStatistics(running, batch: batch, momentum: 0.1, unbiasedFrom: 5))
    let (before, views) = (Self.draw([3], "running"), Self.draw([2, 3], "batch"))
    var environment = EvaluationEnvironment(inputs: ["running": before, "batch": views])
    let results = try Evaluator.run(graph, in: &environment)
    for (name, factor) in [("mean", 1.0), ("variance", 5.0 / 4)] {
      for c in 0..<3 {
        let first = 0.9 * before[[c]] + 0.1 * factor * views[[0, c]]
        let second = 0.9 * first + 0.1 * factor * views[[1, c]]
        #expect(abs(try #require(results[name])[[c]] - second) < 1e-12)
      }
    }
  }

  @Test("one number a channel is refused")
  func single() throws {
    let channel = try TensorType(.f32, [4])
    #expect(throws: Diagnostic.self) { try BatchNorm(groups: 1).infer([TensorType(.f32, [2, 1, 4]), channel, channel]) }
    #expect(throws: Diagnostic.self) { try BatchNorm(groups: 3).infer([TensorType(.f32, [2, 3, 4]), channel, channel]) }
  }

  /// The sums are of differences from each channel's first number: a mean far from 0 costs no digits, and a first number far from all others only as many as it adds to the squares.
  @Test("variances keep their digits", arguments: [(mean: 1e5, first: 0.0, tolerance: 2e-5), (mean: 0, first: 100, tolerance: 1e-3)])
  func digits(mean: Double, first: Double, tolerance: Double) throws {
    var g = Graph(name: "digits")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [2, 40, 25, 3])))
    let channel = try g.one(Input(name: "channel", type: TensorType(.f32, [3])))
    for (name, value) in zip(["y", "mean", "variance"], try g.append(BatchNorm(epsilon: 1e-5, groups: 1), [x, channel, channel])) {
      g.setOutput(name, value)
    }
    let draws = Self.draw([2, 40, 25, 3], "digits")
    let numbers = Tensor(draws.shape) { (i: Int) in Double(Float(mean + (i % 3000 < 3 ? first : 0) + draws.elements[i])) }
    let inputs = ["x": numbers, "channel": Tensor([3], [1, 1, 1])]
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(g, in: &environment)
    let result = try CompiledGraph(g).run(inputs)
    for (name, tensor) in expected {
      // What single precision knows of a number of the mean's size.
      let step = name == "variance" ? 0 : mean * 0x1p-23
      for (number, exact) in zip(try #require(result[name]).elements, tensor.elements) {
        #expect(abs(number - exact) <= tolerance * (1 + abs(exact)) + step, "\(name): \(number) instead of \(exact)")
      }
    }
  }
}
