import Graph
import Operations
import Support
import Tensors

/// The count of updates, as values of a training graph.
struct StepClock {
  /// The state `step`: how many updates were made before this one, i32[].
  let step: ValueID
  /// The number of this update, from 1, f32[]; exact up to 2²⁴, by when nothing depends on it any more.
  let number: ValueID

  /// Finds the state `step` in `graph`, where the model may read it for random draws, or appends it; counts it up at the end of the step.
  ///
  /// - Errors: the model's state of that name is no i32[], or is assigned by the model itself.
  init(_ graph: inout Graph) throws {
    let name = "step"
    for node in graph.nodes where (node.operation as? Assign)?.name == name {
      throw Diagnostic("the state 'step' counts updates, and the model assigns it", at: node.position, hint: "give it another name")
    }
    let own = graph.nodeIDs.first { (graph[$0].operation as? State)?.name == name }
    step = try own.map { ValueID(node: $0) } ?? graph.one(State(name: name, type: .scalar(.i32), initial: .constant(0)))
    guard graph.type(of: step) == .scalar(.i32) else {
      throw Diagnostic("the state 'step' counts updates in i32[], and the model has it as \(graph.type(of: step))", at: graph[step.node].position)
    }
    let next = try graph.add(step, graph.constant(1, .scalar(.i32)))
    try graph.append(Assign(name: name), [next])
    number = try graph.cast(next, to: .f32)
  }
}
