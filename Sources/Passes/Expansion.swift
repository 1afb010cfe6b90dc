import Graph

extension GraphPass {
  /// Rewrites composite operations into those that kernels compute, until none is left.
  ///
  /// It ends because an expansion only uses operations that are simpler than the one expanded.
  package static let expansion = GraphPass("expansion") { graph in
    func expand(_ old: Graph) throws -> (Graph, Bool) {
      var changed = false
      let new = try old.rewritten { new, id, operands in
        let node = old[id]
        guard case .expansion(let rewrite) = node.operation.lower(node.operands.map(old.type), to: node.results) else {
          return try new.appendCopy(of: id, from: old, on: operands)
        }
        changed = true
        new.position = node.position
        defer { new.position = nil }
        return try rewrite(&new, operands)
      }
      return (new, changed)
    }
    var changed = true
    while changed { (graph, changed) = try expand(graph) }
  }
}
