import Checkpoints
import ShippedModels
import Support
import Tensors

/// The comparison of one route's steps with a fixture's, at the fixture's tolerances.
struct FixtureCheck {
  let fixture: PublishedFixture
  /// The names of the model's parameters, and of its own other state.
  let parameters: Set<String>
  let statistics: Set<String>
  private let names: PublishedNames

  /// Outputs and gradients: a share of the largest magnitude, or of 1.
  static let outputTolerance = Comparison.Tolerance.relative(1e-4)
  /// Adam turns the sign of a vanishing gradient into a whole step: twice the learning rate, and a tenth of it.
  static let parameterTolerance = Comparison.Tolerance.absolute(4.4e-4)
  static let statisticTolerance = Comparison.Tolerance.absolute(1e-4)

  /// What steers a step's draws and count, and is no part of a model.
  private static let ownState: Set = ["seed", "step", "updates_per_epoch"]

  /// Creates the check of a model with `parameters` and all `state`.
  ///
  /// - Errors: the model shares no tensor with the fixture.
  init(_ fixture: PublishedFixture, parameters: Set<String>, state: Set<String>) throws {
    self.fixture = fixture
    self.parameters = parameters
    statistics = state.subtracting(parameters).subtracting(FixtureCheck.ownState)
    names = PublishedNames(of: state)
    guard fixture.names(in: "state/0").contains(where: { names.ours(for: $0) != nil }) else {
      throw Diagnostic("the fixture has no tensor of this model's", hint: "fixtures are of the model 'amdim'")
    }
  }

  /// Runs all steps on `training`, and the frozen encoder at the end on `inference`.
  func run<Route: StepRoute>(_ training: inout Route, _ inference: inout Route) throws -> Findings {
    var findings = Findings()
    findStrays(&findings)
    for step in 0..<fixture.steps {
      try training.setState(state(step, training.stateTypes))
      let outputs = try training.run(inputs(step))
      try compareOutputs(outputs, step, &findings)
      try compareGradients(outputs, step, &findings)
      try compareState(training, after: step, &findings)
    }
    // The published state, not ours: the update's tolerance is the update's alone.
    try inference.setState(state(fixture.steps, inference.stateTypes))
    let frozen = try inference.run(inputs(fixture.steps - 1, isEvaluation: true))
    for name in fixture.names(in: "eval") {
      // The published code names the global features by their side.
      compare("evaluation", fixture.steps, name == "features_1" ? "features_global" : name, frozen, try fixture.activation("eval/\(name)"), &findings)
    }
    return findings
  }

  /// Tensors of the first state that one side lacks, but for those known to be unused.
  private func findStrays(_ findings: inout Findings) {
    for name in fixture.names(in: "state/0") where names.ours(for: name) == nil && !names.hasNoCounterpart(name) {
      findings.add(stray: "the fixture's '\(name)' has no counterpart in the model")
    }
    for name in parameters.union(statistics).sorted() where names.published(for: name).map({ fixture.file.contains("state/0/\($0)") }) != true {
      findings.add(stray: "the model's '\(name)' has no counterpart in the fixture")
    }
  }

  /// The model's state as the fixture has it before `step`, as far as `types` hold it.
  private func state(_ step: Int, _ types: [String: TensorType]) throws -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for name in parameters.union(statistics) {
      guard let type = types[name], let published = names.published(for: name) else { continue }
      let tensor = try fixture.weights("state/\(step)/\(published)")
      guard tensor.shape == type.shape else {
        throw Diagnostic("the fixture's '\(published)' is \(tensor.shape) in our layout, and the model's '\(name)' is \(type)")
      }
      state[name] = tensor
    }
    return state
  }

  private func inputs(_ step: Int, isEvaluation: Bool = false) throws -> [String: Tensor] {
    try fixture.inputs(step, isEvaluation: isEvaluation)
  }

  /// `name_view1` is the first view's half of our output `name`.
  private func compareOutputs(_ outputs: [String: Tensor], _ step: Int, _ findings: inout Findings) throws {
    for name in fixture.names(in: "output/\(step)") {
      let expected = try fixture.activation("output/\(step)/\(name)")
      let ours = name.hasSuffix("_view1") ? String(name.dropLast("_view1".count)) : name
      compare("outputs", step, ours, outputs, expected, &findings)
    }
  }

  /// Compares the output `name`, or its first view where `expected` has one view.
  private func compare(
    _ kind: String, _ step: Int, _ name: String, _ outputs: [String: Tensor], _ expected: Tensor, _ findings: inout Findings
  ) {
    guard var ours = outputs[name] else {
      findings.add(stray: "the model has no output '\(name)'")
      return
    }
    if ours.count == 2 * expected.count { ours = Tensor(Array(ours.shape.dropFirst()), Array(ours.elements.prefix(expected.count))) }
    findings.add(Comparison(kind, step: step, name, ours, expected, within: FixtureCheck.outputTolerance))
  }

  private func compareGradients(_ outputs: [String: Tensor], _ step: Int, _ findings: inout Findings) throws {
    for name in parameters.sorted() {
      guard let published = names.published(for: name) else { continue }
      let (ours, file) = (outputs["gradient.\(name)"], "grad/\(step)/\(published)")
      switch (ours, fixture.file.contains(file)) {
      case (let ours?, true):
        findings.add(Comparison("gradients", step: step, name, ours, try fixture.weights(file), within: FixtureCheck.outputTolerance))
      case (nil, true): findings.add(stray: "the model makes no gradient of '\(name)'")
      case (.some, false): findings.add(stray: "the fixture has no gradient of '\(name)'")
      case (nil, false): break
      }
    }
  }

  private func compareState(_ route: some StepRoute, after step: Int, _ findings: inout Findings) throws {
    for (kind, kindNames, tolerance) in [
      ("parameters", parameters, FixtureCheck.parameterTolerance), ("statistics", statistics, FixtureCheck.statisticTolerance),
    ] {
      for name in kindNames.sorted() {
        guard let published = names.published(for: name), route.stateTypes[name] != nil else { continue }
        let expected = try fixture.weights("state/\(step + 1)/\(published)")
        findings.add(Comparison(kind, step: step, name, try route.state(name), expected, within: tolerance))
      }
    }
  }
}
