import Support
import Tensors

/// A way to make `outputs` neighbouring results of a filter of `taps` with fewer products than `outputs · taps`.
///
/// With the rows of three matrices, r[y] = Σ results[p][y] · (Σ images[p][a] · x[a]) · (Σ weights[p][k] · w[k]) is Σ x[y + k] · w[k]. Each row costs one product.
/// The matrices are Cook and Toom's: a part of up to `mostPoints − taps + 1` results is a polynomial's product, known by its values at as many points as it has coefficients; parts stand
/// one after another. More points mean fewer products and larger numbers in the matrices, which rounding errors grow with: see decision 12.
///
/// Source: Winograd, *Arithmetic Complexity of Computations*, 1980; Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016.
package struct MinimalFilter: Hashable, Sendable {
  /// The results of a window.
  package let outputs: Int
  /// The filter's length.
  package let taps: Int

  /// Points of a part, the one at infinity among them.
  static let mostPoints = 5
  /// The filters that have fewer products than the plain sum.
  package static let taps = 2..<mostPoints
  /// The results of a window, at most: a kernel writes each transformed pixel of it in its own line.
  package static let outputs = 2...8

  package init(outputs: Int, taps: Int) {
    precondition(MinimalFilter.taps.contains(taps) && MinimalFilter.outputs.contains(outputs))
    self.outputs = outputs
    self.taps = taps
  }

  /// What a matrix transforms.
  package enum Side: String, Hashable, Sendable, Codable {
    /// Pixels of the images, `outputs + taps − 1` of them.
    case images
    /// The filter's taps.
    case weights
    /// The results.
    case results
  }

  /// The matrix of `side`, a row for each product.
  package func matrix(_ side: Side) -> [[Double]] {
    var (rows, first) = ([[Double]](), 0)
    for length in parts {
      for row in MinimalFilter.part(side, outputs: length, taps: taps) {
        switch side {
        case .weights: rows.append(row)
        case .images, .results:
          let after = extent(side) - first - row.count
          rows.append(Array(repeating: 0, count: first) + row + Array(repeating: 0, count: after))
        }
      }
      first += length
    }
    return rows
  }

  /// The products for a window along one dimension.
  package var products: Int { parts.reduce(0) { $0 + $1 + taps - 1 } }

  /// The columns of the matrix of `side`.
  package func extent(_ side: Side) -> Int {
    switch side {
    case .images: outputs + taps - 1
    case .weights: taps
    case .results: outputs
    }
  }

  /// How many results each part makes: as few parts as may be, as even as may be.
  private var parts: [Int] {
    let count = (outputs - 1) / (MinimalFilter.mostPoints - taps + 1) + 1
    return (0..<count).map { outputs / count + ($0 < outputs % count ? 1 : 0) }
  }

  /// The matrix of one part: values of polynomials at the points, by Lagrange.
  private static func part(_ side: Side, outputs: Int, taps: Int) -> [[Double]] {
    let points = points(outputs + taps - 2)
    func powers(_ x: Double, _ count: Int) -> [Double] { (0..<count).reduce(into: []) { row, i in row.append(i == 0 ? 1 : row[i - 1] * x) } }
    func last(_ count: Int) -> [Double] { (0..<count).map { $0 == count - 1 ? 1 : 0 } }
    /// The coefficients of the product of (x − root), lowest first.
    func polynomial(_ roots: [Double]) -> [Double] {
      roots.reduce([1]) { product, root in
        zip([0] + product, product + [0]).map { $0 - root * $1 }
      }
    }
    switch side {
    case .results: return points.map { powers($0, outputs) } + [last(outputs)]
    case .weights:
      return points.map { x in
        let scale = points.filter { $0 != x }.reduce(1) { $0 * (x - $1) }
        return powers(x, taps).map { $0 / scale }
      } + [last(taps)]
    case .images: return points.map { x in polynomial(points.filter { $0 != x }) + [0] } + [polynomial(points)]
    }
  }

  /// The points that keep the matrices' numbers small.
  private static func points(_ count: Int) -> [Double] { count == 2 ? [1, -1] : Array([0, 1, -1, 2].prefix(count)) }
}
