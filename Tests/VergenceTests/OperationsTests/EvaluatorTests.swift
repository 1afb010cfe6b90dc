import Graph
import Operations
import Support
import Tensors
import Testing

/// The evaluator's own part: order, names, state, and where mistakes are reported.
@Suite("Evaluator")
struct EvaluatorTests {
  private let place = SourcePosition(file: "model.swift", line: 4, column: 2)

  /// Returns `x + w` as output `sum`, and assigns it to `w`.
  private func graph() throws -> Graph {
    let type = TensorType(valid: .f32, [2])
    var graph = Graph(name: "step")
    let x = try graph.append(Input(name: "x", type: type), at: place)[0]
    let w = try graph.append(Parameter(name: "w", type: type, initial: .constant(0)), at: place)[0]
    let sum = try graph.add(x, w)
    try graph.append(Assign(name: "w"), [sum])
    graph.setOutput("sum", sum)
    graph.setOutput("x", x)
    return graph
  }

  @Test("returns the outputs by name, and what was assigned")
  func run() throws {
    let graph = try graph()
    let (x, w) = (Tensor([2], [1, 2]), Tensor([2], [10, 20]))
    var environment = EvaluationEnvironment(inputs: ["x": x], state: ["w": w])
    #expect(try Evaluator.run(graph, in: &environment) == ["sum": Tensor([2], [11, 22]), "x": x])
    #expect(environment.assigned == ["w": Tensor([2], [11, 22])])
    #expect(environment.state == ["w": w], "the step reads the state before it")
    #expect(try Evaluator.values(of: graph, in: &environment).count == 3)
  }

  @Test(
    "reports what is missing or misshapen at the model's line",
    arguments: [
      (nil, [10.0, 20.0], "'input' the input 'x' was not given"),
      ([1.0], [10.0, 20.0], "'input' the input 'x' has shape [1], and the graph takes f32[2]"),
      ([1.0, 2.0], nil, "'parameter' the state 'w' was not given"),
      ([1.0, 2.0], [10.0], "'parameter' the state 'w' has shape [1], and the graph holds f32[2]"),
    ] as [([Double]?, [Double]?, String)])
  func mistakes(_ x: [Double]?, _ w: [Double]?, _ message: String) throws {
    var environment = EvaluationEnvironment()
    environment.inputs["x"] = x.map { Tensor([$0.count], $0) }
    environment.state["w"] = w.map { Tensor([$0.count], $0) }
    let graph = try graph()
    let problem = #expect(throws: Diagnostic.self) { try Evaluator.run(graph, in: &environment) }
    #expect(problem?.message == message)
    #expect(problem?.position == place)
  }
}
