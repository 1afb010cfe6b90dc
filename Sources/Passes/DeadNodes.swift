import Graph
import Operations

extension GraphPass {
  /// Removes nodes that neither an output nor an assignment depends on.
  ///
  /// Inputs and assigned state stay even where nobody reads them: they are the graph's signature.
  package static let deadNodes = GraphPass("dead-nodes") { graph in
    var isLive = Set(graph.outputs.map(\.value.node))
    let assigned = Set(graph.nodes.compactMap { ($0.operation as? Assign)?.name })
    for id in graph.nodeIDs.reversed() {
      switch graph[id].operation {
      case is Assign, is Input: isLive.insert(id)
      case let state as State where assigned.contains(state.name): isLive.insert(id)
      case let parameter as Parameter where assigned.contains(parameter.name): isLive.insert(id)
      default: break
      }
      if isLive.contains(id) { isLive.formUnion(graph[id].operands.map(\.node)) }
    }
    graph = try graph.rewritten { new, id, operands in
      isLive.contains(id) ? try new.appendCopy(of: id, from: graph, on: operands) : nil
    }
  }
}
