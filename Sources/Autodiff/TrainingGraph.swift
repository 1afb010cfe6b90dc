import Graph
import Operations
import Support
import Tensors

/// Makes the graph of one training step of `program`: what the model computes, its loss's gradients, and the update of every parameter.
///
/// Beside the program's outputs it returns `loss`, `learning_rate` and `gradient_norm`, and it holds the states `step` (updates made before this one), `NAME.adam.m`
/// and `NAME.adam.v` for each parameter, and `updates_per_epoch` where the learning rate has milestones. A parameter that the loss doesn't depend on is left alone.
/// With `exposingGradients` it also returns the gradient of each parameter that has one, before weight decay, as `gradient.NAME`.
/// - Errors: the program has no recipe, or its loss is no output, no number, or depends on no parameter; an operation on the way has no gradient.
package func trainingGraph(from program: Program, exposingGradients: Bool = false) throws -> Graph {
  guard let recipe = program.training else { throw Diagnostic("'\(program.graph.name)' doesn't say how it is trained") }
  try recipe.optimizer.check()
  var graph = program.graph
  guard let loss = graph.output(named: recipe.loss) else {
    throw Diagnostic(
      "the loss '\(recipe.loss)' is not an output of '\(graph.name)'",
      hint: nearest(to: recipe.loss, in: graph.outputs.map(\.name)).map { "did you mean '\($0)'?" })
  }
  for reserved in ["loss", "learning_rate", "gradient_norm"] {
    guard let other = graph.output(named: reserved), reserved != "loss" || other != loss else { continue }
    throw Diagnostic("the output '\(reserved)' is named by training itself", at: graph[other.node].position, hint: "give it another name")
  }

  let trained = try graph.differentiateParameters(loss)
  guard !trained.isEmpty else { throw Diagnostic("the loss '\(recipe.loss)' depends on no parameter", at: graph[loss.node].position) }
  let clock = try StepClock(&graph)
  let rate = try graph.learningRate(of: recipe, at: clock)
  try graph.appendAdam(recipe.optimizer, to: trained, rate: rate, at: clock)
  graph.setOutput("loss", loss)
  graph.setOutput("learning_rate", rate)
  graph.setOutput("gradient_norm", try graph.append(GradientNorm(), trained.map(\.gradient))[0])
  if exposingGradients {
    for parameter in trained { graph.setOutput("gradient.\(parameter.name)", parameter.gradient) }
  }
  return graph
}

/// A parameter that the loss depends on.
struct TrainedParameter {
  let name: String
  let value: ValueID
  let gradient: ValueID
}

extension Graph {
  /// Appends the loss's gradient with respect to each parameter that it depends on, and returns them in order.
  ///
  /// A parameter that the model reads in several places has the sum of their gradients.
  mutating func differentiateParameters(_ loss: ValueID) throws -> [TrainedParameter] {
    let reads = nodeIDs.filter { self[$0].operation is Parameter }.map { ValueID(node: $0) }
    let gradients = try differentiate(loss, withRespectTo: reads)
    var trained: [TrainedParameter] = []
    for (value, gradient) in zip(reads, gradients) {
      guard let gradient, let parameter = self[value.node].operation as? Parameter else { continue }
      if let i = trained.firstIndex(where: { $0.name == parameter.name }) {
        trained[i] = TrainedParameter(name: parameter.name, value: trained[i].value, gradient: try add(trained[i].gradient, gradient))
      } else {
        trained.append(TrainedParameter(name: parameter.name, value: value, gradient: gradient))
      }
    }
    return trained
  }
}
