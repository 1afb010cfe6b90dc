import Graph
import Operations

extension GraphPass {
  /// Makes one node of equal operations on equal operands.
  ///
  /// - Ensures: no two nodes that compute the same are left. Assignments are never merged.
  package static let commonNodes = GraphPass("common-nodes") { graph in
    struct Key: Hashable {
      // First, since they are compared faster and differ more often.
      let operands: [ValueID]
      let operation: AnyHashable
    }
    var known: [Key: [ValueID]] = [:]
    graph = try graph.rewritten { new, id, operands in
      if graph[id].operation is Assign { return try new.appendCopy(of: id, from: graph, on: operands) }
      let key = Key(operands: operands, operation: AnyHashable(graph[id].operation))
      if let results = known[key] { return results }
      let results = try new.appendCopy(of: id, from: graph, on: operands)
      known[key] = results
      return results
    }
  }
}
