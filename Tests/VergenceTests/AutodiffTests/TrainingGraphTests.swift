import Autodiff
import Foundation
import Graph
import Operations
import Runtime
import Support
import Tensors
import Testing

/// Training graphs run for several updates in the evaluator.
@Suite("Training graphs")
struct TrainingGraphTests {
  private static let recipe = TrainingRecipe(
    loss: "objective", optimizer: AdamRecipe(learningRate: 0.1, beta1: 0.8, beta2: 0.999, weightDecay: 0.01), warmUp: 4, milestones: [2, 3])

  /// The model (w − 3)² with a parameter beside it that the loss doesn't see, and an output that has its name already.
  private static func program() throws -> Program {
    var graph = Graph(name: "parabola")
    let w = try graph.one(Parameter(name: "w", type: .scalar(.f32), initial: .constant(1)))
    let idle = try graph.one(Parameter(name: "idle", type: .scalar(.f32), initial: .constant(2)))
    let distance = try graph.plus(w, -3)
    graph.setOutput("objective", try graph.multiply(distance, distance))
    graph.setOutput("idle", idle)
    return Program(graph: graph, training: recipe)
  }

  @Test(
    "numbers that Adam can't have are refused",
    arguments: [
      AdamRecipe(learningRate: -1), AdamRecipe(learningRate: .nan), AdamRecipe(learningRate: 0.1, beta1: 1),
      AdamRecipe(learningRate: 0.1, beta2: -0.1),
      AdamRecipe(learningRate: 0.1, epsilon: 0), AdamRecipe(learningRate: 0.1, weightDecay: .infinity),
    ])
  func refuses(recipe: AdamRecipe) throws {
    var program = try Self.program()
    program.training?.optimizer = recipe
    #expect(throws: Diagnostic.self) { try trainingGraph(from: program) }
  }

  /// The state that `graph` starts from.
  private static func initialState(of graph: Graph) -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    func hold(_ name: String, _ type: TensorType, _ initial: InitialValue) {
      state[name] = Tensor(type.shape, initial.elements(type.shape, name: name, seed: 0).map(Double.init))
    }
    for node in graph.nodes {
      if let parameter = node.operation as? Parameter { hold(parameter.name, parameter.type, parameter.initial) }
      if let own = node.operation as? State { hold(own.name, own.type, own.initial) }
    }
    return state
  }

  @Test("updates, warm-up and milestones are those of the algorithm")
  func updates() throws {
    let graph = try trainingGraph(from: Self.program())
    try graph.verify()
    var state = Self.initialState(of: graph)
    #expect(Set(state.keys) == ["w", "idle", "w.adam.m", "w.adam.v", "step", "updates_per_epoch"])
    state["updates_per_epoch"] = Tensor(scalar: 3)
    var (w, m, v) = (1.0, 0.0, 0.0)
    for t in 1...12 {
      var environment = EvaluationEnvironment(state: state)
      let outputs = try Evaluator.run(graph, in: &environment)
      // Epochs of three updates: the first six are before the first milestone, the next three before the second.
      let rate = 0.1 * min(1, Double(t) / 4) * (t <= 6 ? 1 : t <= 9 ? 0.2 : 0.04)
      #expect(abs(try #require(outputs["learning_rate"]).elements[0] - rate) < 1e-12, "update \(t)")
      #expect(abs(try #require(outputs["loss"]).elements[0] - (w - 3) * (w - 3)) < 1e-12)
      #expect(outputs["objective"] == outputs["loss"])
      #expect(abs(try #require(outputs["gradient_norm"]).elements[0] - abs(2 * (w - 3))) < 1e-12)
      let g = 2 * (w - 3) + 0.01 * w
      m = 0.8 * m + 0.2 * g
      v = 0.999 * v + 0.001 * g * g
      w -= rate * (m / (1 - pow(0.8, Double(t)))) / ((v / (1 - pow(0.999, Double(t)))).squareRoot() + 1e-8)
      #expect(environment.assigned["idle"] == nil, "a parameter without a gradient is left alone")
      for (name, value) in environment.assigned { state[name] = value }
      #expect(abs(try #require(state["w"]).elements[0] - w) < 1e-12, "update \(t)")
      #expect(state["step"]?.elements == [Double(t)])
    }
  }

  @Test("without known epochs no milestone is reached")
  func unknownEpochs() throws {
    let graph = try trainingGraph(from: Self.program())
    var state = Self.initialState(of: graph)
    state["step"] = Tensor(scalar: 1000)
    var environment = EvaluationEnvironment(state: state)
    #expect(abs(try #require(try Evaluator.run(graph, in: &environment)["learning_rate"]).elements[0] - 0.1) < 1e-12)
  }

  @Test("the bias corrections are right in single precision from the first update", arguments: [0.8, 0.9, 0.999])
  func biasCorrection(beta: Double) {
    for t in [1, 2, 10, 500, 3000, 100_000] {
      // What the graph computes, each operation rounded.
      let u = Foundation.tanh(Float(t) * Float(-Foundation.log(beta) / 2))
      let expected = -Foundation.expm1(Double(t) * Foundation.log(beta))
      #expect(abs(Double((u + u) / (1 + u)) - expected) < 1e-6 * expected, "beta \(beta), update \(t)")
    }
  }

  @Test("the model's own step is counted, and must not be assigned")
  func step() throws {
    var program = try Self.program()
    let step = try program.graph.one(State(name: "step", type: .scalar(.i32), initial: .constant(0)))
    let graph = try trainingGraph(from: program)
    #expect(graph.nodes.filter { ($0.operation as? State)?.name == "step" }.count == 1)
    try program.graph.append(Assign(name: "step"), [step])
    #expect(throws: Diagnostic.self) { try trainingGraph(from: program) }
  }

  @Test("a loss that isn't there is reported with the nearest name")
  func missingLoss() throws {
    var program = try Self.program()
    program.training?.loss = "objectve"
    do {
      _ = try trainingGraph(from: program)
      Issue.record("the loss is missing")
    } catch let problem as Diagnostic {
      #expect(problem.hint == "did you mean 'objective'?")
    }
    program.training?.loss = "idle"
    program.graph.setOutput("idle", try program.graph.constant(1, .scalar(.f32)))
    #expect(throws: Diagnostic.self) { try trainingGraph(from: program) }
  }

  @Test("the inference graph holds what its outputs need")
  func inference() throws {
    let training = try trainingGraph(from: Self.program())
    let graph = try inferenceGraph(from: training, outputs: ["objective"])
    try graph.verify()
    #expect(graph.outputs.map(\.name) == ["objective"])
    #expect(graph.nodes.compactMap { ($0.operation as? Parameter)?.name } == ["w"])
    #expect(!graph.nodes.contains { $0.operation is Assign || $0.operation is State })
    #expect(throws: Diagnostic.self) { try inferenceGraph(from: training, outputs: ["features"]) }
  }
}
