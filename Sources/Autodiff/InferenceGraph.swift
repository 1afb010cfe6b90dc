import Graph
import Operations
import Support

/// Makes the graph that computes `outputs` of `graph` and nothing else: no assignment, no node that none of them needs.
///
/// - Errors: the graph has no output of such a name.
package func inferenceGraph(from graph: Graph, outputs: [String]) throws -> Graph {
  var needed: Set<NodeID> = []
  for name in outputs {
    guard let output = graph.output(named: name) else {
      throw Diagnostic(
        "'\(graph.name)' has no output '\(name)'",
        hint: nearest(to: name, in: graph.outputs.map(\.name)).map { "did you mean '\($0)'?" }
          ?? "there are \(graph.outputs.map(\.name).joined(separator: ", "))")
    }
    needed.insert(output.node)
  }
  for id in graph.nodeIDs.reversed() where needed.contains(id) {
    for operand in graph[id].operands { needed.insert(operand.node) }
  }
  var kept = graph
  kept.keepOutputs(outputs.contains)
  return try kept.rewritten { new, id, operands in
    needed.contains(id) ? try new.appendCopy(of: id, from: graph, on: operands) : nil
  }
}
