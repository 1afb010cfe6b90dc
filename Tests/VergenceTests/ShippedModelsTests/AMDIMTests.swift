import Checkpoints
import Foundation
import Graph
import Operations
import ShippedModels
import Support
import Tensors
import Testing
import Vergence

/// AMDIM's graph in double precision against what the published code computed.
@Suite struct AMDIMTests {
  @Test(arguments: Fixture.names)
  func theFirstStepsOutputsAgree(_ name: String) throws {
    guard let fixture = try Fixture(name) else { return }
    let graph = try fixture.program(.training).graph
    var environment = EvaluationEnvironment(inputs: try fixture.inputs(0), state: try fixture.state(0, of: graph))
    let outputs = try Evaluator.run(graph, in: &environment)
    for output in ["loss_1t5", "loss_1t7", "loss_5t5", "score_reg", "loss_nce_total", "loss_classifiers", "logits_mlp", "logits_linear"] {
      let expected = try fixture.file.tensor(named: "output/0/\(output)").elements
      #expect(worstError(try #require(outputs[output]).elements, expected) <= 1e-4, "\(output)")
    }
    let features = try #require(outputs["features_global"]).elements
    let expected = try fixture.file.tensor(named: "output/0/features_global_view1").elements
    #expect(worstError(Array(features.prefix(expected.count)), expected) <= 1e-4)
    let total = try #require(outputs["loss_nce_total"]).elements[0] + #require(outputs["loss_classifiers"]).elements[0]
    #expect(abs(try #require(outputs["loss"]).elements[0] - total) < 1e-12)
    try expectStatistics(environment.assigned, fixture)
  }

  /// Running statistics after the step, against the state after it, which the optimiser leaves alone.
  private func expectStatistics(_ assigned: [String: Tensor], _ fixture: Fixture) throws {
    let names = PublishedNames(of: assigned.keys)
    #expect(!assigned.isEmpty)
    for (name, tensor) in assigned {
      let published = try #require(names.published(for: name), "\(name)")
      #expect(worstError(tensor.elements, try fixture.file.tensor(named: "state/1/\(published)").elements) <= 1e-4, "\(name)")
    }
  }

  @Test(arguments: Fixture.names)
  func theFrozenEncoderAgrees(_ name: String) throws {
    guard let fixture = try Fixture(name) else { return }
    let graph = try fixture.program(.inference).graph
    #expect(graph.outputs.map(\.name).sorted() == ["features_5", "features_7", "features_global", "logits_linear", "logits_mlp"])
    var environment = EvaluationEnvironment(inputs: try fixture.inputs(fixture.steps - 1), state: try fixture.state(fixture.steps, of: graph))
    let outputs = try Evaluator.run(graph, in: &environment)
    #expect(environment.assigned.isEmpty)
    for (ours, published) in [("features_global", "features_1"), ("features_5", "features_5"), ("features_7", "features_7")] {
      let expected = fixture.channelsLast(try fixture.file.tensor(named: "eval/\(published)")).elements
      #expect(worstError(Array(try #require(outputs[ours]).elements.prefix(expected.count)), expected) <= 1e-4, "\(ours)")
    }
  }

  @Test func chanceIsTheLogarithmOfTheCandidates() throws {
    let metrics = try #require(try AMDIM.program(options: ["width": "4", "embedding": "16", "depth": "1"], batch: 5, mode: .training).training)
      .metrics
    #expect(metrics.map(\.output) == ["loss_1t5", "loss_1t7", "loss_5t5"])
    for (metric, candidates) in zip(metrics, [101.0, 197.0, 101.0]) { #expect(exp(metric.chance).isNear(candidates)) }
  }

  @Test(arguments: [
    (["embedding": "16"], "a residual layer can't narrow 256 channels to 16"), (["pairs": "1:4"], "no map has a side of 4"),
    (["pairs": ""], "there are no pairs of maps to agree"),
    (["size": "48"], "the option 'size' takes a whole number among 32, 64, 128, and got '48'"),
  ])
  func impossibleOptionsAreRefused(_ options: [String: String], _ words: String) {
    let problem = #expect(throws: Diagnostic.self) { try AMDIM.program(options: options, batch: 4, mode: .training) }
    #expect(problem?.message.contains(words) == true, "\(String(describing: problem))")
  }

  @Test func theProgramsTextReadsBack() throws {
    for (name, model) in ShippedModels.all {
      let program = try build(model: model, batch: 4, mode: .training)
      let text = program.text(positions: true)
      #expect(try Program(parsing: text, operations: Catalogue.names).text(positions: true) == text, "\(name)")
    }
  }

  @Test func dropoutIsDrawnInTrainingOnly() throws {
    func drops(_ rate: String, _ mode: Mode) throws -> Int {
      try AMDIM.program(options: ["dropout": rate], batch: 4, mode: mode).graph.nodes.count { $0.operation is Dropout }
    }
    #expect(try drops("0.2", .training) == 3)
    #expect(try drops("0", .training) == 0)
    #expect(try drops("0.2", .inference) == 0)
  }
}

extension Double {
  fileprivate func isNear(_ other: Double) -> Bool { abs(self - other) <= 1e-9 * abs(other) }
}
