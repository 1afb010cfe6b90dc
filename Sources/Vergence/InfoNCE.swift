import Foundation
import Graph
import Operations
import Support
import Tensors

/// How well each view of an image picks its other views out of the batch.
///
/// Every view's sources are scored against every other view's targets, at each location; the results are averaged over these directions.
/// - Source: van den Oord et al. 2018, eq. 4; Bachman et al. 2019, §3.2 and §3.4.
public struct InfoNCE {
  let clip: Double
  let penalty: Double

  /// Describes the score: bent smoothly into ±`clip`, its mean square weighted by `penalty`.
  public init(clip: Double, penalty: Double) {
    self.clip = clip
    self.penalty = penalty
  }

  /// What the views' agreement costs.
  public struct Score {
    /// The mean of −log of the positive's share, in nats.
    public let loss: Value
    /// The weighted mean square of the scores before they are clipped.
    public let penalty: Value
    /// The loss of a guess: the logarithm of the number of candidates.
    public let chance: Double
  }

  /// Scores `sources` against `targets`.
  ///
  /// - Shapes: sources f32[views, B, E], targets f32[views, B, E] or f32[views, B, L, E]
  /// - Errors: a single view; a batch of one, which has no negatives; widths that differ.
  public func callAsFunction(
    _ sources: Value, _ targets: Value, file: String = #fileID, line: Int = #line, column: Int = #column
  ) throws -> Score {
    let position = SourcePosition(file, line, column)
    guard sources.rank == 3, (3...4).contains(targets.rank), sources.shape[0] == targets.shape[0], sources.shape[0] >= 2 else {
      throw Diagnostic(
        "needs sources [views, images, width] and targets [views, images, locations, width] of two views or more, and got \(sources) and \(targets)",
        at: position)
    }
    let builder = sources.builder
    let (views, images, width) = (sources.shape[0], targets.shape[1], targets.shape[targets.rank - 1])
    let locations = targets.rank == 4 ? targets.shape[2] : 1
    builder.graph.position = position
    defer { builder.graph.position = nil }
    func view(_ number: Int, of value: Value, _ shape: [Int]) throws -> ValueID {
      try builder.graph.reshape(builder.graph.slice(value.id, axis: 0, from: number, to: number + 1), to: shape)
    }
    let from = try (0..<views).map { try view($0, of: sources, Array(sources.shape.dropFirst())) }
    let to = try (0..<views).map { try view($0, of: targets, [images, locations, width]) }
    var results: [[ValueID]] = []
    for source in 0..<views {
      for target in 0..<views where target != source {
        results.append(try builder.graph.append(Operations.InfoNCE(clip: clip, penalty: penalty), [from[source], to[target]]))
      }
    }
    func mean(_ result: Int) throws -> Value {
      let sum = try results.dropFirst().reduce(results[0][result]) { try builder.graph.add($0, $1[result]) }
      return Value(builder: builder, id: try builder.graph.scaled(sum, by: 1 / Double(results.count)))
    }
    return Score(loss: try mean(0), penalty: try mean(1), chance: log(Double((images - 1) * locations + 1)))
  }
}
