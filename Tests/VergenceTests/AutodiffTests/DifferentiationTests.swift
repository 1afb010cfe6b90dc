import Autodiff
import Graph
import Operations
import Support
import Tensors
import Testing

/// Reverse mode over whole graphs, against central differences.
@Suite("Differentiation")
struct DifferentiationTests {
  private static func draw(_ shape: [Int], _ name: String) -> Tensor {
    let draws = Philox(seed: 13, stream: name)
    return Tensor(shape) { (i: Int) in 2 * draws.uniform(element: UInt64(i), step: 0) - 1 }
  }

  /// Two layers with a residual, so that a value is used twice and one weight stands in two places.
  private static func network() throws -> (graph: Graph, loss: ValueID, parameters: [ValueID], tensors: [String: Tensor]) {
    var graph = Graph(name: "network")
    let x = try graph.one(Input(name: "x", type: TensorType(.f32, [4, 5])))
    let w = try graph.one(Parameter(name: "w", type: TensorType(.f32, [5, 5]), initial: .constant(0)))
    let b = try graph.one(Parameter(name: "b", type: TensorType(.f32, [5]), initial: .constant(0)))
    let spread = try graph.broadcast(b, to: [4, 5], dimensions: [1])
    let hidden = try graph.tanh(graph.add(graph.product(x, w), spread))
    let output = try graph.add(graph.product(hidden, w), graph.multiply(hidden, hidden))
    let loss = try graph.mean(graph.multiply(output, output), over: [0, 1])
    graph.setOutput("loss", loss)
    return (graph, loss, [w, b], ["x": draw([4, 5], "x"), "w": draw([5, 5], "w"), "b": draw([5], "b")])
  }

  @Test("gradients of a small network agree with central differences")
  func network() throws {
    var (graph, loss, parameters, tensors) = try Self.network()
    let gradients = try graph.differentiate(loss, withRespectTo: parameters)
    try graph.verify()
    for (name, gradient) in zip(["w", "b"], gradients) { graph.setOutput("d" + name, try #require(gradient)) }
    func run(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
      var environment = EvaluationEnvironment(inputs: tensors, state: tensors)
      return try Evaluator.run(graph, in: &environment)
    }
    let computed = try run(tensors)
    for name in ["w", "b"] {
      let gradient = try #require(computed["d" + name])
      for i in gradient.elements.indices {
        var (above, below) = (tensors, tensors)
        above[name]?.elements[i] += 1e-5
        below[name]?.elements[i] -= 1e-5
        let difference = (try #require(try run(above)["loss"]).elements[0] - (try #require(try run(below)["loss"]).elements[0])) / 2e-5
        #expect(abs(difference - gradient.elements[i]) < 1e-8, "\(name)[\(i)]")
      }
    }
  }

  @Test("a value off the way has no gradient")
  func unrelated() throws {
    var (graph, loss, _, _) = try Self.network()
    let other = try graph.one(Parameter(name: "other", type: .scalar(.f32), initial: .constant(0)))
    let before = graph.nodes.count
    #expect(try graph.differentiate(loss, withRespectTo: [other]) == [nil])
    #expect(graph.nodes.count == before + 1, "only the seed is appended")
  }

  @Test("gradients carry the place of the model's line")
  func positions() throws {
    var graph = Graph(name: "places")
    let w = try graph.one(Parameter(name: "w", type: .scalar(.f32), initial: .constant(0)))
    let place = SourcePosition(file: "Model.swift", line: 7, column: 3)
    let loss = try graph.one(Unary<Exponential>(), w, at: place)
    let gradient = try #require(try graph.differentiate(loss, withRespectTo: [w])[0])
    #expect(graph[gradient.node].position == place)
    #expect(graph.position == nil)
  }

  @Test("a loss that is no number is refused")
  func vector() throws {
    var graph = Graph(name: "vector")
    let w = try graph.one(Parameter(name: "w", type: TensorType(.f32, [2]), initial: .constant(0)))
    #expect(throws: Diagnostic.self) { try graph.differentiate(w, withRespectTo: [w]) }
  }
}
