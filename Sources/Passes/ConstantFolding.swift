import Graph
import Operations
import Tensors

extension GraphPass {
  /// Computes what depends on constants alone, and leaves out additions of 0 and multiplications by 1.
  ///
  /// - Requires: composite operations are expanded.
  /// - Numerics: folding rounds once to double precision; results are the same or nearer to the truth.
  package static let constants = GraphPass("constants") { graph in
    graph = try graph.rewritten { new, id, operands in
      let node = graph[id]
      func constant(_ i: Int) -> Double? { (new[operands[i].node].operation as? Constant)?.value }
      switch node.operation {
      case is Binary<Add>:
        if constant(0) == 0 { return [operands[1]] }
        if constant(1) == 0 { return [operands[0]] }
      case is Binary<Subtract>:
        if constant(1) == 0 { return [operands[0]] }
      case is Binary<Multiply>:
        if constant(0) == 1 { return [operands[1]] }
        if constant(1) == 1 { return [operands[0]] }
      case is Binary<Divide>:
        if constant(1) == 1 { return [operands[0]] }
      default: break
      }
      // A tensor of one number everywhere stays one under element-wise operations, broadcasts and changes of shape.
      if !operands.isEmpty, node.results.count == 1, isUniform(node.operation), operands.indices.allSatisfy({ constant($0) != nil }) {
        var environment = EvaluationEnvironment()
        let small = try node.operation.evaluateUniform(operands.indices.compactMap(constant), in: &environment)
        if let small, small.isFinite { return [try new.constant(small, node.results[0])] }
      }
      return try new.appendCopy(of: id, from: graph, on: operands)
    }
  }

  /// Whether the operation makes one number everywhere of operands that are one number everywhere.
  private static func isUniform(_ operation: any Operation) -> Bool {
    if operation is Broadcast || operation is Compare || operation is Select { return true }
    let mnemonic = type(of: operation).mnemonic
    return Catalogue.elementwise.contains(mnemonic) || ["reshape", "transpose", "slice"].contains(mnemonic)
  }
}

extension Operation {
  /// The operation's result on scalars, `nil` where it can't take them.
  fileprivate func evaluateUniform(_ numbers: [Double], in environment: inout EvaluationEnvironment) throws -> Double? {
    if self is Broadcast || ["reshape", "transpose", "slice"].contains(Self.mnemonic) { return numbers[0] }
    return try evaluate(numbers.map(Tensor.init(scalar:)), in: &environment)[0].elements.first
  }
}
