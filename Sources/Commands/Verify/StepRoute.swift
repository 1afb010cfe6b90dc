import Graph
import Operations
import PlanFile
import Runtime
import Tensors

/// A way to run a step: by a compiled plan, or by the evaluator.
protocol StepRoute {
  /// The types of all state tensors, by name.
  var stateTypes: [String: TensorType] { get }
  /// Makes `tensors` the state of their names.
  mutating func setState(_ tensors: [String: Tensor]) throws
  /// The state called `name`.
  func state(_ name: String) throws -> Tensor
  /// Runs a step on `inputs` and returns its outputs, by name.
  mutating func run(_ inputs: [String: Tensor]) throws -> [String: Tensor]
}

/// Steps of a compiled plan.
struct CompiledRoute: StepRoute {
  private let executor: Executor
  let stateTypes: [String: TensorType]

  /// Loads `plan`, with all state at its first values.
  init(_ plan: Plan, threads: Int?) throws {
    executor = try Executor(plan: plan, threads: threads)
    executor.initialize(seed: 0)
    stateTypes = Dictionary(uniqueKeysWithValues: plan.manifest.state.map { ($0.name, $0.type) })
  }

  func setState(_ tensors: [String: Tensor]) throws {
    for (name, tensor) in tensors { try executor.setState(name, tensor.elements.map { Float($0) }) }
  }

  func state(_ name: String) throws -> Tensor { Tensor(stateTypes[name]?.shape ?? [], try executor.state(name).map { Double($0) }) }

  func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    for (name, tensor) in inputs { try executor.feed(name, tensor) }
    try executor.reportingMistakes { () throws(NonFiniteLoss) in try executor.step() }
    return Dictionary(
      uniqueKeysWithValues: try executor.plan.manifest.outputs.map { output in
        (output.name, Tensor(output.shape, try executor.output(output.name).map { Double($0) }))
      })
  }
}

/// Steps of a graph in double precision.
struct EvaluatedRoute: StepRoute {
  private let graph: Graph
  private var values: [String: Tensor]
  let stateTypes: [String: TensorType]

  /// Takes `graph`, with all state at its first values.
  init(_ graph: Graph) {
    self.graph = graph
    stateTypes = graph.stateTypes
    values = graph.initialState(seed: 0)
  }

  mutating func setState(_ tensors: [String: Tensor]) { values.merge(tensors) { $1 } }

  func state(_ name: String) -> Tensor { values[name] ?? Tensor(scalar: .nan) }

  mutating func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    var environment = EvaluationEnvironment(inputs: inputs, state: values)
    let outputs = try Evaluator.run(graph, in: &environment)
    values.merge(environment.assigned) { $1 }
    return outputs
  }
}
