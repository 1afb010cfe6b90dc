import Graph
import Loops
import Support
import Tensors

/// The gradient of batch normalisation in training.
package struct BatchNormGradient: Operation {
  package static let mnemonic = "batch_norm_gradient"
  package static let documentation = OperationDocumentation(
    "The gradient of `batch_norm` with respect to its operands, from that of y.",
    shapes: "dy [groups…, …, C], x [the same], scale [C], mean [groups…, C], variance [the same] → dx [groups…, …, C], dscale [C], dshift [C]",
    details:
      "With x̂ = (x − mean) / √(variance + epsilon): dx = scale / √(variance + epsilon) · (dy − mean(dy) − x̂ · mean(dy · x̂)), dscale = Σ dy · x̂, "
      + "dshift = Σ dy. Activations are read twice, once for the sums and once for dx.",
    source: "Ioffe, Szegedy 2015, §3")
  package static var examples: [OperationExample] {
    BatchNorm.examples.map { example in
      let (x, channel) = (example.operands[0], example.operands[1])
      let groups = (example.operation as? BatchNorm)?.groups ?? 0
      let statistic = x.with(shape: x.shape.prefix(groups) + channel.shape)
      return OperationExample(BatchNormGradient(epsilon: 1e-5, groups: groups), [x, x, channel, statistic, statistic], domain: 0.5...2)
    }
  }

  package let epsilon: Double
  package let groups: Int

  package init(epsilon: Double, groups: Int) {
    self.epsilon = epsilon
    self.groups = groups
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 5)
    guard operands[0] == operands[1] else { throw Diagnostic("types of the gradient and the activations differ: \(operands[0]) and \(operands[1])") }
    let statistics = try ChannelStatistics(operands[1], groups: groups)
    try statistics.requireChannels(operands[2], "scale", of: operands[1])
    let type = operands[1].with(shape: statistics.resultShape)
    for operand in operands[3...] where operand != type { throw Diagnostic("needs statistics \(type), and got \(operand)") }
    return [operands[1], operands[2], operands[2]]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    try context.gradients(through: { try expand(&$0, $1) })
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let statistics = ChannelStatistics(valid: operands[1].shape, groups: groups)
    let (dy, x, scale, mean, variance) = (
      operands[0].elements, operands[1].elements, operands[2].elements, operands[3].elements, operands[4].elements
    )
    let rate = variance.map { 1 / ($0 + epsilon).squareRoot() }
    func normalized(_ i: Int) -> Double { (x[i] - mean[statistics.position(of: i)]) * rate[statistics.position(of: i)] }
    let sums = statistics.sums { dy[$0] }
    let products = statistics.sums { dy[$0] * normalized($0) }
    let dx = Tensor(operands[1].shape) { i in
      let s = statistics.position(of: i)
      let centred = dy[i] - (sums[s] + normalized(i) * products[s]) / Double(statistics.count)
      return scale[i % statistics.channels] * rate[s] * centred
    }
    func overGroups(_ sums: [Double]) -> Tensor {
      Tensor([statistics.channels]) { channel in stride(from: channel, to: sums.count, by: statistics.channels).reduce(0) { $0 + sums[$1] } }
    }
    return [dx, overGroups(products), overGroups(sums)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering { .expansion { try expand(&$0, $1) } }

  private func expand(_ graph: inout Graph, _ operands: [ValueID]) throws -> [ValueID] {
    let (dy, x, scale, mean, variance) = (operands[0], operands[1], operands[2], operands[3], operands[4])
    let statistics = ChannelStatistics(valid: graph.type(of: x).shape, groups: groups)
    let rate = try graph.reciprocalDeviation(variance, epsilon: epsilon)
    let normalized = try graph.multiply(graph.subtract(x, statistics.spread(mean, &graph)), statistics.spread(rate, &graph))
    let sum = try graph.reduce(.sum, dy, over: statistics.axes)
    let product = try graph.reduce(.sum, graph.multiply(dy, normalized), over: statistics.axes)
    let share = 1 / Double(statistics.count)
    let parallel = try graph.multiply(normalized, statistics.spread(graph.scaled(product, by: share), &graph))
    let centred = try graph.subtract(graph.subtract(dy, statistics.spread(graph.scaled(sum, by: share), &graph)), parallel)
    let factor = try graph.multiply(rate, statistics.perGroup(scale, &graph))
    let dx = try graph.multiply(centred, statistics.spread(factor, &graph))
    let leading = Array(0..<groups)
    return [dx, try graph.reduce(.sum, product, over: leading), try graph.reduce(.sum, sum, over: leading)]
  }
}
