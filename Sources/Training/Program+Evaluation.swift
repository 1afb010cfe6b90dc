import Graph
import Operations
import Support

extension Program {
  /// Returns the program as it is used after training: nothing is dropped out, and batch norm takes its running statistics.
  ///
  /// It reads the state of the training step by the same names and is compiled for inference, which leaves its updates out.
  /// - Errors: a batch norm whose statistics no state follows.
  package func forEvaluation() throws -> Program {
    let statistics = RunningStatistics(in: graph)
    var evaluation = self
    evaluation.graph = try graph.rewritten { new, id, operands in
      let node = graph[id]
      new.position = node.position
      defer { new.position = nil }
      switch node.operation {
      case is Dropout: return [operands[0]]
      case let norm as BatchNorm:
        guard let mean = statistics[ValueID(node: id, result: 1)], let variance = statistics[ValueID(node: id, result: 2)] else {
          throw Diagnostic(
            "no state follows the statistics of this batch norm, so it can't be evaluated", at: node.position,
            hint: "assign running statistics to a state")
        }
        let running = try [mean, variance].map { try new.one($0) }
        let normalized = try new.one(Normalize(epsilon: norm.epsilon), operands + running)
        return [normalized] + (try new.appendCopy(of: id, from: graph, on: operands)).dropFirst()
      default: return try new.appendCopy(of: id, from: graph, on: operands)
      }
    }
    return evaluation
  }
}

/// The states that follow statistics of batches, by the statistic.
private struct RunningStatistics {
  private var states: [ValueID: State] = [:]

  /// Finds, for every assigned state, the batch norms' results that its new value is made of.
  init(in graph: Graph) {
    var declared: [String: State] = [:]
    for node in graph.nodes { if let state = node.operation as? State { declared[state.name] = state } }
    for node in graph.nodes {
      guard let name = (node.operation as? Assign)?.name, let state = declared[name] else { continue }
      var pending = node.operands
      var seen: Set<ValueID> = []
      while let value = pending.popLast() {
        guard seen.insert(value).inserted else { continue }
        if graph[value.node].operation is BatchNorm {
          states[value] = state
        } else {
          pending += graph[value.node].operands
        }
      }
    }
  }

  subscript(statistic: ValueID) -> State? { states[statistic] }
}

extension Graph {
  /// Appends an operation with one result on `operands`.
  fileprivate mutating func one(_ operation: any Operation, _ operands: [ValueID]) throws -> ValueID { try append(operation, operands)[0] }
}
