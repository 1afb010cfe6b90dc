import Support
import Tensors

/// Identifies a node of a graph.
package struct NodeID: TypedID {
  package let index: Int
  package init(index: Int) { self.index = index }
}

/// Identifies one result of a node.
package struct ValueID: Hashable, Sendable, Comparable {
  package let node: NodeID
  /// Which of the node's results.
  package let result: Int

  package init(node: NodeID, result: Int = 0) {
    self.node = node
    self.result = result
  }

  package static func < (a: ValueID, b: ValueID) -> Bool { (a.node, a.result) < (b.node, b.result) }
}

/// An operation applied to values.
package struct Node: Sendable {
  package let operation: any Operation
  package let operands: [ValueID]
  /// The types of the results.
  package let results: [TensorType]
  /// Where in the model, or in a textual graph, it was written.
  package let position: SourcePosition?

  package init(operation: any Operation, operands: [ValueID], results: [TensorType], position: SourcePosition?) {
    self.operation = operation
    self.operands = operands
    self.results = results
    self.position = position
  }

  package var mnemonic: String { type(of: operation).mnemonic }
}

/// A dataflow graph: a value, made by appending nodes whose operands exist already.
///
/// The order of the nodes is therefore an order in which they can be computed; a pass that changes nodes makes a new graph with `rewritten`.
package struct Graph: Sendable {
  /// What the graph is called.
  package var name: String
  /// The nodes, each after those it uses.
  package private(set) var nodes: [Node] = []
  /// The place given to nodes that are appended without one: that of the node whose gradient or expansion is being built.
  package var position: SourcePosition?
  /// What the graph returns, with a name for each.
  package private(set) var outputs: [Output] = []

  /// A returned value.
  package struct Output: Hashable, Sendable {
    package let name: String
    package let value: ValueID
  }

  package init(name: String) { self.name = name }

  /// The ids of all nodes, in order.
  package var nodeIDs: some RandomAccessCollection<NodeID> { nodes.indices.lazy.map(NodeID.init(index:)) }

  package subscript(id: NodeID) -> Node { nodes[id.index] }

  /// The type of `value`.
  package func type(of value: ValueID) -> TensorType { nodes[value.node.index].results[value.result] }

  /// The values that node `id` makes.
  package func results(of id: NodeID) -> [ValueID] { nodes[id.index].results.indices.map { ValueID(node: id, result: $0) } }

  /// Appends `operation` applied to `operands` and returns its results.
  ///
  /// - Errors: the operands' types don't fit the operation; the message starts with its name and carries `position`.
  @discardableResult
  package mutating func append(_ operation: any Operation, _ operands: [ValueID] = [], at position: SourcePosition? = nil) throws -> [ValueID] {
    let position = position ?? self.position
    let results: [TensorType]
    do {
      results = try operation.infer(operands.map(type))
    } catch let problem as Diagnostic {
      throw Diagnostic(
        "'\(Swift.type(of: operation).mnemonic)' \(problem.message)", at: problem.position ?? position, excerpt: problem.excerpt, hint: problem.hint)
    }
    let id = NodeID(index: nodes.count)
    nodes.append(Node(operation: operation, operands: operands, results: results, position: position))
    return self.results(of: id)
  }

  /// Returns `value` under `name`.
  package mutating func setOutput(_ name: String, _ value: ValueID) {
    outputs.removeAll { $0.name == name }
    outputs.append(Output(name: name, value: value))
  }

  /// The value returned under `name`.
  package func output(named name: String) -> ValueID? { outputs.first { $0.name == name }?.value }

  /// Removes all outputs but those whose names `isKept` holds for.
  package mutating func keepOutputs(_ isKept: (String) -> Bool) { outputs.removeAll { !isKept($0.name) } }

  /// Returns the graph in which each node has been replaced by what `replace` makes of it.
  ///
  /// `replace` gets the new graph so far, the old node and its operands in the new graph; it appends what it likes and returns the new results,
  /// or `nil` to leave the node out. Nodes that use one that was left out are left out with it, and so no output may depend on one.
  package func rewritten(_ replace: (inout Graph, NodeID, [ValueID]) throws -> [ValueID]?) rethrows -> Graph {
    var new = Graph(name: name)
    // What became of each node's results; nothing of those that were left out.
    var map = [[ValueID]](repeating: [], count: nodes.count)
    func renewed(_ value: ValueID) -> ValueID? { map[value.node.index].isEmpty ? nil : map[value.node.index][value.result] }
    for id in nodeIDs {
      let operands = nodes[id.index].operands.compactMap(renewed)
      guard operands.count == nodes[id.index].operands.count, let values = try replace(&new, id, operands) else { continue }
      precondition(values.count == nodes[id.index].results.count, "a replacement makes as many results")
      map[id.index] = values
    }
    for output in outputs {
      guard let value = renewed(output.value) else { preconditionFailure("the output '\(output.name)' was left out") }
      new.setOutput(output.name, value)
    }
    return new
  }

  /// Appends a copy of node `id` of `other` on `operands` and returns its results.
  @discardableResult
  package mutating func appendCopy(of id: NodeID, from other: Graph, on operands: [ValueID]) throws -> [ValueID] {
    try append(other[id].operation, operands, at: other[id].position)
  }
}
