import Graph

extension GraphPass {
  /// Rewrites composite operations into those that kernels compute, until none is left.
  ///
  /// It ends because an expansion only uses operations that are simpler than the one expanded.
  package static let expansion = GraphPass("expansion") { graph in
    func expansion(of node: Node, in graph: Graph) -> ((inout Graph, [ValueID]) throws -> [ValueID])? {
      guard case .expansion(let rewrite) = node.operation.lower(node.operands.map(graph.type), to: node.results) else { return nil }
      return rewrite
    }
    while graph.nodes.contains(where: { expansion(of: $0, in: graph) != nil }) {
      let old = graph
      graph = try old.rewritten { new, id, operands in
        guard let rewrite = expansion(of: old[id], in: old) else { return try new.appendCopy(of: id, from: old, on: operands) }
        new.position = old[id].position
        defer { new.position = nil }
        return try rewrite(&new, operands)
      }
    }
  }
}
