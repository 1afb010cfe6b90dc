import Autodiff
import Compiler
import Foundation
import Graph
import Operations
import Support
import Tensors

/// The comparison of a model's gradients with central differences of its loss, both in double precision, and of the compiled gradients with those.
struct GradientCheck {
  /// The step graph that returns gradients.
  private let step: Graph
  /// The loss alone, with what gradients don't flow through held at the values in `held`.
  private let loss: Graph
  private let lossName: String
  private let inputs: [String: Tensor]
  private let state: [String: Tensor]
  private let held: [String: Tensor]
  /// Elements of each parameter that are moved.
  let samples: Int

  /// Steps of the differences, small against curvature and large against double precision's rounding.
  ///
  /// Where a step reaches over the kink of a ReLU its difference is no derivative, and a shorter one seldom does; a wrong gradient differs at every one.
  private static let distances = [1e-6, 1e-7, 1e-8]

  /// Prepares the check of `program` at a state drawn under `seed`.
  ///
  /// - Errors: the program isn't trained.
  init(_ program: Program, samples: Int, seed: UInt32) throws {
    guard let recipe = program.training else {
      throw Diagnostic("'\(program.graph.name)' doesn't say how it is trained: it has no gradients", hint: "give a model, or a graph with a recipe")
    }
    self.samples = samples
    lossName = recipe.loss
    step = try trainingGraph(from: program, exposingGradients: true)
    let draws = RandomInputs(seed: seed, hyperparameters: program.hyperparameters)
    let inputs = Dictionary(uniqueKeysWithValues: program.graph.inputTypes.map { ($0.key, draws.tensor($0.key, $0.value)) })
    let parameters = program.graph.parameterNames
    // Parameters that start at 0 would hide the gradients of those before them.
    let state = Dictionary(
      uniqueKeysWithValues: step.initialState(seed: seed).map { name, tensor in
        guard parameters.contains(name) else { return (name, tensor) }
        let noise = Philox(seed: seed, stream: "gradient check " + name)
        let moved = zip(tensor.elements, RandomInputs.normals(noise, tensor.elements.indices)).map { Double(Float($0 + 0.05 * $1)) }
        return (name, Tensor(tensor.shape, moved))
      })
    self.inputs = inputs.mapValues { $0.map { Double(Float($0)) } }
    self.state = state
    let alone = try inferenceGraph(from: program.graph, outputs: [recipe.loss])
    var environment = EvaluationEnvironment(inputs: self.inputs, state: state)
    let values = try Evaluator.values(of: alone, in: &environment)
    var held: [String: Tensor] = [:]
    loss = try alone.rewritten { graph, id, operands in
      guard alone[id].operation is StopGradient, let value = values[ValueID(node: id)] else {
        return try graph.appendCopy(of: id, from: alone, on: operands)
      }
      let name = "held \(id.index)"
      held[name] = value
      return try graph.append(Input(name: name, type: alone.type(of: ValueID(node: id))))
    }
    self.held = held
  }

  /// Runs the check; `compiled`, the same step as a plan, is compared as a whole.
  func run(compiled: inout CompiledRoute, progress: GradientProgress) throws -> Findings {
    progress.begin("the step in double precision")
    var evaluated = EvaluatedRoute(step)
    evaluated.setState(state)
    try compiled.setState(state)
    let exact = try evaluated.run(inputs)
    let fast = try compiled.run(inputs)
    var findings = Findings()
    let moved = step.parameterNames.sorted().compactMap { name in
      exact["gradient.\(name)"].map { (name: name, gradient: $0, positions: positions(name, in: $0)) }
    }
    let total = moved.reduce(0) { $0 + $1.positions.count }
    var count = 0
    for (name, gradient, positions) in moved {
      try compareDifferences(of: name, with: gradient, at: positions, &findings) {
        progress.begin(differenceAfter: count, of: total, in: name)
        count += 1
      }
      if let fast = fast["gradient.\(name)"] {
        findings.add(Comparison("compiled", step: 0, name, fast, gradient, within: FixtureCheck.outputTolerance))
      }
    }
    return findings
  }

  /// Compares the elements of `gradient` at `positions` with differences of the loss; `begin` is called before each.
  private func compareDifferences(
    of name: String, with gradient: Tensor, at positions: [Int], _ findings: inout Findings, begin: () -> Void
  ) throws {
    let scale = max(1e-2, gradient.elements.reduce(0) { max($0, abs($1)) })
    for position in positions {
      begin()
      var nearest: Comparison?
      for distance in GradientCheck.distances where nearest?.agrees != true {
        let difference = (try loss(moving: name, position, by: distance) - loss(moving: name, position, by: -distance)) / (2 * distance)
        let comparison = Comparison("differences", name, position, gradient, difference, tolerance: 1e-5 * scale)
        if nearest.map({ comparison.share < $0.share }) ?? true { nearest = comparison }
      }
      if let nearest { findings.add(nearest) }
    }
  }

  /// The element with the largest gradient, and others drawn from all.
  private func positions(_ name: String, in gradient: Tensor) -> [Int] {
    let largest = gradient.elements.indices.max { abs(gradient.elements[$0]) < abs(gradient.elements[$1]) } ?? 0
    let draws = Philox(seed: 0, stream: "positions " + name)
    let others = (1..<max(1, samples)).map { Int(draws.integer(below: UInt32(clamping: gradient.count), element: UInt64($0), step: 0)) }
    return Array(Set([largest] + others)).sorted()
  }

  /// The loss with one element of the parameter `name` moved.
  private func loss(moving name: String, _ position: Int, by distance: Double) throws -> Double {
    var environment = EvaluationEnvironment(inputs: inputs.merging(held) { $1 }, state: state)
    environment.state[name]?.elements[position] += distance
    return try Evaluator.run(loss, in: &environment)[lossName]?.elements[0] ?? .nan
  }
}
