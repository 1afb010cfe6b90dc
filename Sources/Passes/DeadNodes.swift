import Graph
import Operations

extension GraphPass {
  /// Removes nodes that neither an output nor an assignment depends on.
  ///
  /// Inputs, parameters and other state stay: they are the graph's signature.
  package static let deadNodes = GraphPass("dead-nodes") { graph in
    var isLive = Set(graph.outputs.map(\.value.node))
    for id in graph.nodeIDs.reversed() {
      let operation = graph[id].operation
      if operation is Assign || operation is Input { isLive.insert(id) }
      if isLive.contains(id) { isLive.formUnion(graph[id].operands.map(\.node)) }
    }
    graph = try graph.rewritten { new, id, operands in
      isLive.contains(id) ? try new.appendCopy(of: id, from: graph, on: operands) : nil
    }
  }
}
