import Graph
import Operations
import Support
import Tensors

/// Batch norm of each channel, with the parameters `NAME.scale` and `NAME.shift` and the statistics `NAME.mean` and `NAME.variance`.
///
/// In training the batch's own statistics are used, and the running ones follow them, a view after the other, with the unbiased variance;
/// at inference the running ones are used.
/// - Shapes: [views, …, C] → the same
/// - Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
public struct BatchNorm {
  let name: String
  let perView: Bool
  let momentum: Double
  let epsilon: Double

  /// Describes the layer; with `perView` each view, the first dimension, has batch statistics of its own.
  public init(_ name: String, perView: Bool = true, momentum: Double = 0.1, epsilon: Double = 1e-5) {
    self.name = name
    self.perView = perView
    self.momentum = momentum
    self.epsilon = epsilon
  }

  /// Declares the parameters and statistics and normalises `x`.
  public func callAsFunction(_ x: Value, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    guard let channels = x.shape.last else { throw Diagnostic("the batch norm '\(name)' needs channels, and got \(x)", at: position) }
    return try scope(name) {
      let scale = try x.builder.parameter("scale", [channels], initial: .constant(1), at: position)
      let shift = try x.builder.parameter("shift", [channels], initial: .constant(0), at: position)
      let mean = try x.builder.state("mean", [channels], initial: .constant(0), at: position)
      let variance = try x.builder.state("variance", [channels], initial: .constant(1), at: position)
      guard x.builder.mode == .training else {
        return try x.builder.build(at: position) {
          try $0.append(Normalize(epsilon: epsilon), [x.id, scale.id, shift.id, mean.value.id, variance.value.id])[0]
        }
      }
      return try x.builder.build(at: position) { graph in
        let groups = perView ? 1 : 0
        let normalized = try graph.append(Operations.BatchNorm(epsilon: epsilon, groups: groups), [x.id, scale.id, shift.id])
        let count = x.shape[groups..<(x.rank - 1)].reduce(1, *)
        let newMean = try graph.updatedStatistics(mean.value.id, batch: normalized[1], momentum: momentum)
        let newVariance = try graph.updatedStatistics(variance.value.id, batch: normalized[2], momentum: momentum, unbiasedFrom: count)
        try graph.append(Assign(name: mean.name), [newMean])
        try graph.append(Assign(name: variance.name), [newVariance])
        return normalized[0]
      }
    }
  }
}
