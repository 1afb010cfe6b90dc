import Graph
import Loops
import Support
import Tensors

/// The mean cross entropy of labels under the soft-max of scores.
package struct SoftmaxCrossEntropy: Operation {
  package static let mnemonic = "softmax_cross_entropy"
  package static let documentation = OperationDocumentation(
    "The mean over rows of −log softmax(scores)[label], in nats.", shapes: "[…, N], i32[…] → []",
    details: "Labels lie in 0..<N. Scores are taken relative to their row's largest, so that no exponential overflows.")
  package static var examples: [OperationExample] {
    [[3], [2, 5], [2, 3, 17]].map { shape in
      OperationExample(SoftmaxCrossEntropy(), [TensorType(valid: .f32, shape), TensorType(valid: .i32, shape.dropLast())])
    }
  }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    try requireFloating(operands[0])
    guard operands[0].rank >= 1 else { throw Diagnostic("needs scores […, classes], and got \(operands[0])") }
    guard operands[1].element == .i32, operands[1].shape == operands[0].shape.dropLast() else {
      throw Diagnostic("needs a label i32\(operands[0].shape.dropLast()) for each row of \(operands[0]), and got \(operands[1])")
    }
    return [.scalar(operands[0].element)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let row = try Row(&context.graph, context.operands[0], context.operands[1])
    let probability = try context.graph.divide(row.exponential, row.spread(row.sum, &context.graph))
    let share = try context.graph.broadcast(context.graph.scaled(seed, by: 1 / Double(row.count)), to: row.shape, dimensions: [])
    let others = try context.graph.multiply(probability, share)
    return [try context.graph.subtract(others, context.graph.select(row.isLabel, share, context.graph.filled(0, like: share))), nil]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let classes = operands[0].shape.last ?? 1
    let rows = operands[1].count
    var total = 0.0
    for (row, label) in operands[1].elements.enumerated() {
      guard let label = Int(exactly: label), (0..<classes).contains(label) else { throw Diagnostic("label \(label) is not in 0..<\(classes)") }
      let scores = operands[0].elements[row * classes..<(row + 1) * classes]
      let largest = scores.max() ?? 0
      total += Logarithm.value(scores.reduce(0) { $0 + Exponential.value($1 - largest) }) + largest - scores[row * classes + label]
    }
    return [Tensor(scalar: total / Double(rows))]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .expansion { graph, operands in
      let row = try Row(&graph, operands[0], operands[1])
      let picked = try graph.select(row.isLabel, row.shifted, graph.filled(0, like: row.shifted))
      let losses = try graph.subtract(graph.log(row.sum), graph.reduce(.sum, picked, over: [row.shape.count - 1]))
      return [try graph.mean(losses, over: Array(0..<row.shape.count - 1))]
    }
  }

  /// What loss and gradient share.
  private struct Row {
    let shape: [Int]
    /// The scores relative to their row's largest, and their exponentials.
    let shifted: ValueID
    let exponential: ValueID
    /// The sums of the exponentials, a number a row.
    let sum: ValueID
    /// Whether a score is that of its row's label.
    let isLabel: ValueID

    var count: Int { shape.dropLast().reduce(1, *) }

    init(_ graph: inout Graph, _ scores: ValueID, _ labels: ValueID) throws {
      shape = graph.type(of: scores).shape
      let (last, leading) = (shape.count - 1, Array(0..<shape.count - 1))
      let largest = try graph.reduce(.maximum, scores, over: [last])
      shifted = try graph.subtract(scores, graph.broadcast(largest, to: shape, dimensions: leading))
      exponential = try graph.exp(shifted)
      sum = try graph.reduce(.sum, exponential, over: [last])
      let classes = try graph.one(Iota(axis: last, TensorType(valid: .i32, shape)))
      isLabel = try graph.compare(.equal, classes, graph.broadcast(labels, to: shape, dimensions: leading))
    }

    func spread(_ x: ValueID, _ graph: inout Graph) throws -> ValueID { try graph.broadcast(x, to: shape, dimensions: Array(0..<shape.count - 1)) }
  }
}
