import Graph
import Operations

extension GraphPass {
  /// Makes one node of equal operations on equal operands.
  ///
  /// - Ensures: no two nodes that compute the same are left. Assignments are never merged.
  package static let commonNodes = GraphPass("common-nodes") { graph in
    struct Key: Hashable {
      let operation: AnyHashable
      let operands: [ValueID]
    }
    var known: [Key: [ValueID]] = [:]
    graph = try graph.rewritten { new, id, operands in
      if graph[id].operation is Assign { return try new.appendCopy(of: id, from: graph, on: operands) }
      let key = Key(operation: AnyHashable(graph[id].operation), operands: operands)
      if let results = known[key] { return results }
      let results = try new.appendCopy(of: id, from: graph, on: operands)
      known[key] = results
      return results
    }
  }
}
