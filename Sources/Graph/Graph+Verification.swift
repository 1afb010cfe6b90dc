import Support

extension Graph {
  /// Checks that every node's operands stand before it and that the type rule gives the types recorded.
  ///
  /// The verifier has no code of its own for any operation. It is run after every pass.
  /// - Errors: the first node that breaks a rule; that is a mistake of the pass before, not of the user.
  package func verify() throws {
    for id in nodeIDs {
      let node = self[id]
      for operand in node.operands {
        guard operand.node < id, operand.result < self[operand.node].results.count else {
          throw Diagnostic("node \(id), '\(node.mnemonic)', uses a value that isn't there yet", at: node.position)
        }
      }
      let inferred = try node.operation.infer(node.operands.map(type))
      guard inferred == node.results else {
        throw Diagnostic("node \(id), '\(node.mnemonic)', is recorded as \(node.results) and infers \(inferred)", at: node.position)
      }
    }
    for output in outputs where output.value.node.index >= nodes.count { throw Diagnostic("output '\(output.name)' is not in the graph") }
  }
}
