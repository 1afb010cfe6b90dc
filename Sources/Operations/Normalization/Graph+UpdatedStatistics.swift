import Graph
import Support
import Tensors

extension Graph {
  /// Appends running statistics after one more batch: each group's in order, running ← (1 − momentum) · running + momentum · batch.
  ///
  /// - Parameters:
  ///   - running: the statistics before, [C].
  ///   - batch: those of the batch, [groups…, C].
  ///   - unbiasedFrom: the number of values behind each of the batch's variances, which are then made unbiased; `nil` for means.
  /// - Errors: the shapes don't fit.
  package mutating func updatedStatistics(_ running: ValueID, batch: ValueID, momentum: Double, unbiasedFrom count: Int? = nil) throws -> ValueID {
    let channels = type(of: running).shape
    guard channels.count == 1, type(of: batch).shape.last == channels[0] else {
      throw Diagnostic("running statistics \(type(of: running)) and a batch's \(type(of: batch)) differ in their channels", at: position)
    }
    let groups = type(of: batch).count / channels[0]
    let rows = try reshape(batch, to: [groups, channels[0]])
    let correction = count.map { Double($0) / Double(max(1, $0 - 1)) } ?? 1
    var running = running
    for group in 0..<groups {
      let row = try reshape(slice(rows, axis: 0, from: group, to: group + 1), to: channels)
      running = try add(scaled(running, by: 1 - momentum), scaled(row, by: momentum * correction))
    }
    return running
  }
}
