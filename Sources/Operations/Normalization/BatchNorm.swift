import Graph
import Loops
import Support
import Tensors

/// Batch normalisation in training: activations are scaled and shifted by the statistics of their own batch.
package struct BatchNorm: Operation {
  package static let mnemonic = "batch_norm"
  package static let documentation = OperationDocumentation(
    "Batch normalisation in training: y = scale · (x − mean) / √(variance + epsilon) + shift, with the mean and biased variance of each channel.",
    shapes: "[groups…, …, C], [C], [C] → [the same], mean [groups…, C], variance [groups…, C]",
    details: "The first `groups` dimensions have statistics of their own: 1 where views are the first dimension. "
      + "Sums are taken of the differences from each channel's first number: Σx² − (Σx)² loses all digits where the mean is large against the deviation. "
      + "Mean and variance pass no gradient to scale and shift.",
    source: "Ioffe, Szegedy 2015, algorithm 1")
  package static var examples: [OperationExample] {
    [([6, 5], 0), ([2, 3, 4, 5, 3], 1), ([2, 2, 3, 17], 2), ([4, 3, 2, 1], 0)].map { (shape: [Int], groups: Int) in
      let channel = TensorType(valid: .f32, [shape[shape.count - 1]])
      return OperationExample(BatchNorm(epsilon: 1e-5, groups: groups), [TensorType(valid: .f32, shape), channel, channel])
    }
  }

  package let epsilon: Double
  package let groups: Int

  package init(epsilon: Double = 1e-5, groups: Int) {
    self.epsilon = epsilon
    self.groups = groups
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 3)
    let statistics = try ChannelStatistics(operands[0], groups: groups)
    try statistics.requireChannels(operands[1], "scale", of: operands[0])
    try statistics.requireChannels(operands[2], "shift", of: operands[0])
    guard epsilon > 0, epsilon.isFinite else { throw Diagnostic("needs an epsilon above 0, and got \(epsilon)") }
    let type = operands[0].with(shape: statistics.resultShape)
    return [operands[0], type, type]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    let (x, mean, variance) = (context.operands[0], context.results[1], context.results[2])
    let statistics = ChannelStatistics(valid: context.graph.type(of: x).shape, groups: groups)
    var gradients: [ValueID?] = [nil, nil, nil]
    if let seed = context.seeds[0] {
      gradients = try context.graph.append(
        BatchNormGradient(epsilon: epsilon, groups: groups), [seed, x, context.operands[1], mean, variance])
    }
    func contribute(_ gradient: ValueID) throws { gradients[0] = try gradients[0].map { try context.graph.add($0, gradient) } ?? gradient }
    if let seed = context.seeds[1] {
      try contribute(statistics.spread(context.graph.scaled(seed, by: 1 / Double(statistics.count)), &context.graph))
    }
    if let seed = context.seeds[2] {
      let centred = try context.graph.subtract(x, statistics.spread(mean, &context.graph))
      let slope = try statistics.spread(context.graph.scaled(seed, by: 2 / Double(statistics.count)), &context.graph)
      try contribute(context.graph.multiply(slope, centred))
    }
    return gradients
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let statistics = ChannelStatistics(valid: operands[0].shape, groups: groups)
    let (x, scale, shift) = (operands[0].elements, operands[1].elements, operands[2].elements)
    let mean = statistics.sums { x[$0] }.map { $0 / Double(statistics.count) }
    func centred(_ i: Int) -> Double { x[i] - mean[statistics.position(of: i)] }
    let variance = statistics.sums { centred($0) * centred($0) }.map { $0 / Double(statistics.count) }
    let y = Tensor(operands[0].shape) { i in
      let channel = i % statistics.channels
      return scale[channel] * centred(i) / (variance[statistics.position(of: i)] + epsilon).squareRoot() + shift[channel]
    }
    return [y, Tensor(statistics.resultShape, mean), Tensor(statistics.resultShape, variance)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .expansion { [epsilon, groups] graph, operands in
      let statistics = ChannelStatistics(valid: graph.type(of: operands[0]).shape, groups: groups)
      // Chan, Golub, LeVeque 1983, §3, 'shifted data': as the shift is one of the numbers themselves, no mean is so large that the deviations lose their digits to it.
      let shift = try statistics.first(operands[0], &graph)
      let shifted = try graph.subtract(operands[0], statistics.spread(shift, &graph))
      let distance = try graph.mean(shifted, over: statistics.axes)
      let mean = try graph.add(shift, distance)
      let excess = try graph.subtract(
        graph.mean(graph.multiply(shifted, shifted), over: statistics.axes), graph.multiply(distance, distance))
      let variance = try graph.relu(excess)
      let centred = try graph.subtract(operands[0], statistics.spread(mean, &graph))
      let factor = try graph.multiply(graph.reciprocalDeviation(variance, epsilon: epsilon), statistics.perGroup(operands[1], &graph))
      let beta = try graph.broadcast(operands[2], to: statistics.shape, dimensions: [statistics.shape.count - 1])
      let y = try graph.add(graph.multiply(centred, statistics.spread(factor, &graph)), beta)
      return [y, mean, variance]
    }
  }
}
