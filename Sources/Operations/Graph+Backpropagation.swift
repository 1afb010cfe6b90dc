import Graph
import Support
import Tensors

extension Graph {
  /// Appends the gradients of a number with respect to `targets`, given its gradients with respect to the values in `seeds`.
  ///
  /// Reverse mode over the nodes numbered `range`, last first: each node's pullback is built once, when all the gradients of its results are known and summed.
  /// Only values that depend on a target are followed. What is appended carries the place of the node it is the gradient of.
  /// - Returns: the gradient of each target, or `nil` for one that no seed depends on, or only along paths without a gradient.
  /// - Errors: a node on the way has no pullback; the message starts with the operation's name and carries the node's place.
  package mutating func backpropagate(_ seeds: [ValueID: ValueID], through range: Range<Int>, to targets: [ValueID]) throws -> [ValueID?] {
    let dependents = dependents(on: targets, in: range)
    var gradients = seeds
    let outerPosition = position
    defer { position = outerPosition }
    for id in range.reversed().map(NodeID.init(index:)) {
      let (node, results) = (self[id], results(of: id))
      let seeds = results.map { gradients[$0] }
      guard node.operands.contains(where: dependents.contains), seeds.contains(where: { $0 != nil }) else { continue }
      position = node.position ?? outerPosition
      let contributions = try pullback(of: node, results, seeds)
      for (operand, contribution) in zip(node.operands, contributions) where dependents.contains(operand) {
        guard let contribution else { continue }
        precondition(type(of: contribution) == type(of: operand), "'\(node.mnemonic)' has a gradient of another type than its operand")
        gradients[operand] = try gradients[operand].map { try add($0, contribution) } ?? contribution
      }
    }
    return targets.map { gradients[$0] }
  }

  /// The targets, and the results in `range` that depend on one.
  private func dependents(on targets: [ValueID], in range: Range<Int>) -> Set<ValueID> {
    var dependents = Set(targets)
    for id in range.map(NodeID.init(index:)) where self[id].operands.contains(where: dependents.contains) {
      dependents.formUnion(results(of: id))
    }
    return dependents
  }

  private mutating func pullback(of node: Node, _ results: [ValueID], _ seeds: [ValueID?]) throws -> [ValueID?] {
    // The graph moves into the context and back: held twice, it would be copied at the first append.
    var context = PullbackContext(graph: Graph(name: name), operands: node.operands, results: results, seeds: seeds)
    swap(&context.graph, &self)
    defer { swap(&context.graph, &self) }
    do {
      return try node.operation.pullback(&context)
    } catch let problem as Diagnostic {
      throw Diagnostic(
        "'\(node.mnemonic)' has no gradient here: \(problem.message)", at: problem.position ?? node.position, excerpt: problem.excerpt,
        hint: problem.hint)
    }
  }
}

extension PullbackContext {
  /// The gradient of an operation that `expansion` rewrites into others, built from theirs.
  package mutating func gradients(through expansion: (inout Graph, [ValueID]) throws -> [ValueID]) throws -> [ValueID?] {
    let first = graph.nodes.count
    let expanded = try expansion(&graph, operands)
    var gradients: [ValueID: ValueID] = [:]
    for (value, seed) in zip(expanded, seeds) {
      guard let seed else { continue }
      gradients[value] = try gradients[value].map { try graph.add($0, seed) } ?? seed
    }
    let totals = try graph.backpropagate(gradients, through: first..<graph.nodes.count, to: operands)
    // A value that is an operand twice has one gradient, which counts once.
    return operands.indices.map { operands[..<$0].contains(operands[$0]) ? nil : totals[$0] }
  }
}
