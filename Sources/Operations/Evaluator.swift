import Graph
import Support
import Tensors

/// The plain interpreter of graphs in double precision: what every kernel, pass and plan is tested against.
package enum Evaluator {
  /// Computes what `graph` returns, by output name; assignments go to `environment.assigned`.
  ///
  /// A value is let go of after its last use.
  /// - Errors: an input or state tensor is missing or has another shape; the report carries the position of the node that needs it.
  package static func run(_ graph: Graph, in environment: inout EvaluationEnvironment) throws -> [String: Tensor] {
    var lastUses: [ValueID: NodeID] = [:]
    for id in graph.nodeIDs {
      for operand in graph[id].operands { lastUses[operand] = id }
    }
    for output in graph.outputs { lastUses[output.value] = nil }
    var values: [ValueID: Tensor] = [:]
    for id in graph.nodeIDs {
      try evaluate(id, of: graph, into: &values, in: &environment)
      for operand in graph[id].operands where lastUses[operand] == id { values[operand] = nil }
    }
    return Dictionary(uniqueKeysWithValues: graph.outputs.compactMap { output in values[output.value].map { (output.name, $0) } })
  }

  /// Computes every value of `graph`; assignments go to `environment.assigned`.
  ///
  /// - Errors: those of `run`.
  package static func values(of graph: Graph, in environment: inout EvaluationEnvironment) throws -> [ValueID: Tensor] {
    var values: [ValueID: Tensor] = [:]
    for id in graph.nodeIDs { try evaluate(id, of: graph, into: &values, in: &environment) }
    return values
  }

  /// `number` as an i32 holds it: rounded towards zero, the nearest there is where it is too large, and 0 where it is none.
  private static func wholeNumber(_ number: Double) -> Double {
    number.isNaN ? 0 : min(max(number.rounded(.towardZero), Double(Int32.min)), Double(Int32.max))
  }

  private static func evaluate(
    _ id: NodeID, of graph: Graph, into values: inout [ValueID: Tensor], in environment: inout EvaluationEnvironment
  ) throws {
    let node = graph[id]
    let operands = node.operands.map { operand in
      guard let tensor = values[operand] else { preconditionFailure("a node uses a value that stands after it") }
      return tensor
    }
    let results: [Tensor]
    do {
      results = try node.operation.evaluate(operands, in: &environment)
    } catch let problem as Diagnostic {
      throw Diagnostic("'\(node.mnemonic)' \(problem.message)", at: problem.position ?? node.position, excerpt: problem.excerpt, hint: problem.hint)
    }
    precondition(results.map(\.shape) == node.results.map(\.shape), "'\(node.mnemonic)' evaluates to other shapes than it infers")
    for (value, tensor) in zip(graph.results(of: id), results) {
      values[value] = graph.type(of: value).element == .i32 ? tensor.map(wholeNumber) : tensor
    }
  }
}
