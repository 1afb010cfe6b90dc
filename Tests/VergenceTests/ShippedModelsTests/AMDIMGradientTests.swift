import Autodiff
import Checkpoints
import Graph
import Operations
import ShippedModels
import Tensors
import Testing
import Vergence

/// AMDIM's gradients in double precision against those of the published code.
@Suite struct AMDIMGradientTests {
  @Test(arguments: Fixture.names)
  func theFirstStepsGradientsAgree(_ name: String) throws {
    guard let fixture = try Fixture(name) else { return }
    var graph = try fixture.program(.training).graph
    let parameters = graph.nodeIDs.filter { graph[$0].operation is Parameter }.map { ValueID(node: $0) }
    let names = PublishedNames(of: graph.stateTypes.keys)
    let gradients = try graph.differentiate(#require(graph.output(named: "loss")), withRespectTo: parameters)
    for (parameter, gradient) in zip(parameters, gradients) {
      guard let operation = graph[parameter.node].operation as? Parameter else { continue }
      graph.setOutput("gradient of \(operation.name)", try #require(gradient, "\(operation.name)"))
    }
    var environment = EvaluationEnvironment(inputs: try fixture.inputs(0), state: try fixture.state(0, of: graph))
    let outputs = try Evaluator.run(graph, in: &environment)
    for case let operation as Parameter in parameters.map({ graph[$0.node].operation }) {
      let published = try fixture.file.tensor(named: "grad/0/\(#require(names.published(for: operation.name)))")
      let expected = PublishedNames.ours(published.elements, shape: published.shape).elements
      let error = worstError(try #require(outputs["gradient of \(operation.name)"]).elements, expected)
      #expect(error <= 1e-4, "\(operation.name): \(error)")
    }
  }
}
