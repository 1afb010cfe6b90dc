import Foundation
import Tensors

/// The scores of `info_nce` in double precision, as its definition says them.
struct InfoNCEScores {
  let (batch, locations, width): (Int, Int, Int)
  let clip: Double
  /// ⟨source, target⟩ / √width at [source, target image, location].
  let raw: [Double]

  init(_ sources: Tensor, _ targets: Tensor, clip: Double) {
    let (batch, locations, width) = (targets.shape[0], targets.shape[1], targets.shape[2])
    (self.batch, self.locations, self.width, self.clip) = (batch, locations, width, clip)
    raw = (0..<batch * batch * locations).map { position in
      let (i, target) = (position / (batch * locations), position % (batch * locations))
      var sum = 0.0
      for e in 0..<width { sum += sources.elements[i * width + e] * targets.elements[target * width + e] }
      return sum / Double(width).squareRoot()
    }
  }

  /// The clipped score of source `i` and location `l` of image `j`.
  func score(_ i: Int, _ j: Int, _ l: Int) -> Double { clip * tanh(raw[(i * batch + j) * locations + l] / clip) }

  /// The logarithm of the sum of the exponentials of source `i`'s negatives.
  func logNegatives(_ i: Int) -> Double {
    let scores = (0..<batch).filter { $0 != i }.flatMap { j in (0..<locations).map { score(i, j, $0) } }
    let largest = scores.max() ?? -.infinity
    return largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
  }
}
