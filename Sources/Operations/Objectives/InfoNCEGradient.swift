import Graph
import Loops
import Support
import Tensors

/// The gradient of `info_nce`, made from the scores again.
package struct InfoNCEGradient: Operation {
  package static let mnemonic = "info_nce_gradient"
  package static let documentation = OperationDocumentation(
    "The gradient of `info_nce` with respect to sources and targets, from those of its loss and its penalty.",
    shapes: "sources f32[B, E], targets f32[B, L, E], dloss f32[], dpenalty f32[] → f32[B, E], f32[B, L, E]",
    details: "With p(i,l) the negatives' share of the denominator: ds(i,i,l) = −p(i,l) · dloss / (B · L), and "
      + "ds(i,j,l') = Σ_l p(i,l) · e^s(i,j,l') / Σ_{negatives} e^s · dloss / (B · L). Of many scores, a block of sources is made, used for loss and gradient, and forgotten before the next."
  )
  package static var examples: [OperationExample] {
    InfoNCE.examples.map { example in
      OperationExample(InfoNCEGradient(clip: 5, penalty: 0.05), example.operands + [.scalar(.f32), .scalar(.f32)])
    }
  }

  package let clip: Double
  package let penalty: Double

  package init(clip: Double, penalty: Double) {
    self.clip = clip
    self.penalty = penalty
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 4)
    try ScoreTable.check(operands[0], operands[1], clip: clip, penalty: penalty)
    for seed in operands[2...] where seed != .scalar(.f32) { throw Diagnostic("needs the gradients of two numbers, and got \(seed)") }
    return [operands[0], operands[1]]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { try context.gradients(through: { try expand(&$0, $1) }) }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let scores = InfoNCEScores(operands[0], operands[1], clip: clip)
    let (batch, locations, width) = (scores.batch, scores.locations, scores.width)
    let share = operands[2].elements[0] / Double(batch * locations)
    let pull = operands[3].elements[0] * 2 * penalty / Double(scores.raw.count)
    var (toSources, toTargets) = (operands[0].map { _ in 0 }, operands[1].map { _ in 0 })
    for i in 0..<batch {
      let logNegatives = scores.logNegatives(i)
      let mistakes = (0..<locations).map { l in 1 / (1 + Exponential.value(scores.score(i, i, l) - logNegatives)) }
      let mistake = mistakes.reduce(0, +)
      for j in 0..<batch {
        for l in 0..<locations {
          let raw = scores.raw[(i * batch + j) * locations + l]
          let bend = HyperbolicTangent.value(raw / clip)
          let toScore = i == j ? -mistakes[l] : mistake * Exponential.value(scores.score(i, j, l) - logNegatives)
          let slope = 1 - bend * bend
          let toRaw = (share * toScore * slope + pull * raw) / Double(width).squareRoot()
          for e in 0..<width {
            let target = (j * locations + l) * width + e
            toSources.elements[i * width + e] += toRaw * operands[1].elements[target]
            toTargets.elements[target] += toRaw * operands[0].elements[i * width + e]
          }
        }
      }
    }
    return [toSources, toTargets]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .expansion { try expand(&$0, $1) } }

  private func expand(_ graph: inout Graph, _ operands: [ValueID]) throws -> [ValueID] {
    let kept = try ScoreTable(&graph, operands[0], operands[1], clip: clip)
    let margins = try ScoreMargins(&graph, kept, clip: clip)
    // Blocks are made and used once, unless the gradient can't begin before the last of them.
    let waits = kept.blocks > 1 && graph.dependsOnTables(operands[2...])
    let table = try waits ? ScoreTable(&graph, operands[0], graph.one(Barrier(), operands[1]), clip: clip) : kept
    let (batch, locations, width) = (table.batch, table.locations, table.width)

    let places = graph.type(of: margins.margin).shape
    let share = try graph.broadcast(graph.scaled(operands[2], by: 1 / Double(batch * locations)), to: places, dimensions: [])
    let mistakes = try graph.multiply(graph.one(Unary<Logistic>(), margins.margin), share)
    let toPositives = try graph.broadcast(graph.negate(mistakes), to: table.shape, dimensions: [0, 2, 3])
    let rate = try graph.divide(graph.reduce(.sum, mistakes, over: [1]), margins.negativeSum)
    // Exponentials are sooner made again than kept as another table.
    let scores = try graph.one(Barrier(), table.clipped)
    let exponentials = try graph.exp(graph.subtract(scores, graph.broadcast(margins.largest, to: table.shape, dimensions: [0, 3])))
    let toNegatives = try graph.multiply(exponentials, graph.broadcast(rate, to: table.shape, dimensions: [0, 3]))
    let toClipped = try graph.select(table.isPositive, toPositives, toNegatives)

    let bend = try graph.scaled(table.clipped, by: 1 / clip)
    let slope = try graph.subtract(graph.filled(1, like: bend), graph.multiply(bend, bend))
    let pull = try graph.scaled(operands[3], by: 2 * penalty / Double(batch * batch * locations))
    let toPenalty = try graph.multiply(table.raw, graph.broadcast(pull, to: table.shape, dimensions: []))
    let toRaw = try graph.add(graph.multiply(toClipped, slope), toPenalty)
    let toProducts = try graph.scaled(toRaw, by: 1 / Double(width).squareRoot())

    let rows = try graph.reshape(toProducts, to: [table.blocks, batch * locations, table.size])
    let toSources = try graph.reshape(graph.one(BlockProduct(.toColumns), rows, table.targets), to: [table.blocks * table.size, width])
    let toTargets = try graph.reshape(graph.one(BlockProduct(.toRows), rows, table.sources), to: [batch, locations, width])
    return [table.blocks * table.size == batch ? toSources : try graph.slice(toSources, axis: 0, from: 0, to: batch), toTargets]
  }
}

extension Graph {
  /// Whether one of `values` depends on a table of scores.
  fileprivate func dependsOnTables(_ values: ArraySlice<ValueID>) -> Bool {
    var (open, seen) = (Array(values), Set(values))
    while let value = open.popLast() {
      let node = self[value.node]
      if node.operation is BlockProduct { return true }
      for operand in node.operands where seen.insert(operand).inserted { open.append(operand) }
    }
    return false
  }
}
