import Graph
import Loops
import Support
import Tensors

/// Scores every source against every target location and returns the InfoNCE loss of the positives, in one direction.
package struct InfoNCE: Operation {
  package static let mnemonic = "info_nce"
  package static let documentation = OperationDocumentation(
    "Scores every source against every target location; the loss, in nats, of telling each location of a source's own image from all locations of the others.",
    shapes: "sources f32[B, E], targets f32[B, L, E] → loss f32[], penalty f32[]",
    details:
      "raw = ⟨source, target⟩ / √E and s = clip · tanh(raw / clip). The loss is the mean over images i and locations l of "
      + "−log(e^s(i,i,l) / (e^s(i,i,l) + Σ_{j≠i, l'} e^s(i,j,l'))): an image's other locations are in no denominator. The second result is `penalty` · mean(raw²). "
      + "Sums of exponentials are shifted by the source's largest negative. A guess loses log((B − 1) · L + 1).",
    source: "Bachman et al. 2019, §3.2 and §3.4; van den Oord et al. 2018, eq. 4")
  package static var examples: [OperationExample] {
    [(2, 1, 3), (4, 5, 6), (3, 4, 17)].map { batch, locations, width in
      OperationExample(
        InfoNCE(clip: 5, penalty: 0.05), [TensorType(valid: .f32, [batch, width]), TensorType(valid: .f32, [batch, locations, width])])
    }
  }

  package let clip: Double
  package let penalty: Double

  package init(clip: Double, penalty: Double) {
    self.clip = clip
    self.penalty = penalty
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    try ScoreTable.check(operands[0], operands[1], clip: clip, penalty: penalty)
    return [.scalar(.f32), .scalar(.f32)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    var seeds: [ValueID] = []
    for seed in context.seeds { seeds.append(try seed ?? context.graph.constant(0, .scalar(.f32))) }
    return try context.graph.append(InfoNCEGradient(clip: clip, penalty: penalty), context.operands + seeds)
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let scores = InfoNCEScores(operands[0], operands[1], clip: clip)
    var loss = 0.0
    for i in 0..<scores.batch {
      let logNegatives = scores.logNegatives(i)
      for l in 0..<scores.locations {
        let positive = scores.score(i, i, l)
        let largest = max(positive, logNegatives)
        loss += largest + Logarithm.value(Exponential.value(positive - largest) + Exponential.value(logNegatives - largest)) - positive
      }
    }
    let squares = scores.raw.reduce(0) { $0 + $1 * $1 }
    return [
      Tensor(scalar: loss / Double(scores.batch * scores.locations)), Tensor(scalar: penalty * squares / Double(scores.raw.count)),
    ]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .expansion { [clip, penalty] graph, operands in
      let table = try ScoreTable(&graph, operands[0], operands[1], clip: clip)
      let margin = try ScoreMargins(&graph, table, clip: clip).margin
      // log(1 + eᶻ) is max(z, 0) + log(1 + e^−|z|), in which nothing overflows.
      let decay = try graph.exp(graph.negate(graph.one(Unary<Absolute>(), margin)))
      let losses = try table.ofSources(&graph, graph.add(graph.relu(margin), graph.log(graph.plus(decay, 1))))
      let squares = try graph.reduce(.sum, graph.multiply(table.raw, table.raw), over: [1])
      let (rows, count) = (table.batch * table.locations, table.batch * table.batch * table.locations)
      return [
        try graph.scaled(graph.reduce(.sum, losses, over: [0, 1, 2]), by: 1 / Double(rows)),
        try graph.scaled(graph.reduce(.sum, squares, over: [0, 1, 2]), by: penalty / Double(count)),
      ]
    }
  }
}
