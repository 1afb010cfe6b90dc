import Graph
import Support
import Tensors

/// How batch norm's statistics lie in activations: a number for each group and channel, over everything between.
struct ChannelStatistics {
  /// The activations' shape, [groups…, …, channels].
  let shape: [Int]
  /// How many leading dimensions have statistics of their own.
  let groups: Int

  /// The statistics of activations of type `type`.
  ///
  /// - Errors: there are not that many dimensions beside the channels, or a statistic would be over one number.
  init(_ type: TensorType, groups: Int) throws {
    try requireFloating(type)
    guard groups >= 0, groups < type.rank else { throw Diagnostic("can't take \(groups) leading dimensions and the channels of \(type)") }
    (shape, self.groups) = (type.shape, groups)
    guard count > 1 else {
      throw Diagnostic(
        "one number a channel has no variance, and \(type) has no more\(groups == 0 ? "" : " at each place of its first \(counted(groups, "dimension"))")",
        hint: "a batch of 2 images or more has one")
    }
  }

  /// The statistics of activations of a shape that was checked.
  init(valid shape: [Int], groups: Int) { (self.shape, self.groups) = (shape, groups) }

  var channels: Int { shape[shape.count - 1] }
  /// The dimensions that are averaged over.
  var axes: [Int] { Array(groups..<shape.count - 1) }
  /// How many numbers make one statistic.
  var count: Int { axes.reduce(1) { $0 * shape[$1] } }
  /// The shape of the statistics, [groups…, channels].
  var resultShape: [Int] { shape.prefix(groups) + [channels] }
  /// Where the statistics' dimensions are in the activations.
  var dimensions: [Int] { Array(0..<groups) + [shape.count - 1] }

  /// The row-major position of the statistic that belongs to the activation at `position`.
  func position(of position: Int) -> Int { position / (count * channels) * channels + position % channels }

  /// The sums of `element(position)` over the numbers of each statistic.
  func sums(_ element: (Int) -> Double) -> [Double] {
    var sums = [Double](repeating: 0, count: resultShape.reduce(1, *))
    for i in 0..<shape.reduce(1, *) { sums[position(of: i)] += element(i) }
    return sums
  }

  /// Appends `statistics` repeated to the activations' shape.
  func spread(_ statistics: ValueID, _ graph: inout Graph) throws -> ValueID { try graph.broadcast(statistics, to: shape, dimensions: dimensions) }

  /// Appends the first number behind each statistic, in the statistics' shape.
  func first(_ x: ValueID, _ graph: inout Graph) throws -> ValueID {
    let rows = try graph.reshape(x, to: shape.prefix(groups) + [count, channels])
    return try graph.reshape(graph.slice(rows, axis: groups, from: 0, to: 1), to: resultShape)
  }

  /// Appends `x`, a number a channel, repeated to the statistics' shape.
  func perGroup(_ x: ValueID, _ graph: inout Graph) throws -> ValueID { try graph.broadcast(x, to: resultShape, dimensions: [groups]) }

  /// Checks that `type` holds a number for each channel of `activations`.
  func requireChannels(_ type: TensorType, _ what: String, of activations: TensorType) throws {
    guard type == activations.with(shape: [channels]) else { throw Diagnostic("needs a \(what) for each of \(channels) channels, and got \(type)") }
  }
}

extension Graph {
  /// Appends 1 / √(`variance` + `epsilon`).
  mutating func reciprocalDeviation(_ variance: ValueID, epsilon: Double) throws -> ValueID {
    let deviation = try sqrt(plus(variance, epsilon))
    return try divide(filled(1, like: deviation), deviation)
  }
}
