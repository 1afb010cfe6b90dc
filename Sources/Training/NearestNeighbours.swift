import Compiler
import Foundation
import Graph
import Operations
import Runtime
import Support
import Tensors

/// A classifier without training: the known images nearest by the cosine of their features vote, each with exp(cosine / temperature).
///
/// The cosines are a product, made by a plan of this compiler's own, block by block.
/// - Source: Wu et al. 2018, 'Unsupervised Feature Learning via Non-Parametric Instance Discrimination', §3.4.
package struct NearestNeighbours {
  /// How many vote.
  package let count: Int
  /// What cosines are divided by.
  package let temperature: Double
  private let width: Int
  private let known: [Float]
  private let labels: [Int32]
  private let cosines: Executor

  /// The rows of one block.
  private static let (queryRows, knownRows) = (256, 2048)

  /// Creates the classifier of the images with `features`, f32[images, width], and `labels`.
  ///
  /// - Errors: fewer images than voters.
  package init(
    _ features: [Float], width: Int, labels: [Int32], count: Int = 75, temperature: Double = 0.07, options: CompilerOptions, threads: Int?
  ) throws {
    precondition(features.count == labels.count * width && width >= 1, "a row of features a label")
    guard (1...max(1, labels.count)).contains(count), !labels.isEmpty else {
      throw Diagnostic("\(counted(count, "neighbour")) can't vote among \(counted(labels.count, "image"))", hint: "choose a smaller --k")
    }
    (self.count, self.temperature, self.width, self.labels) = (count, temperature, width, labels)
    known = NearestNeighbours.normalized(features, width: width)
    var graph = Graph(name: "cosines")
    let queries = try graph.one(Input(name: "queries", type: TensorType(.f32, [NearestNeighbours.queryRows, width])))
    let keys = try graph.one(Input(name: "known", type: TensorType(.f32, [NearestNeighbours.knownRows, width])))
    graph.setOutput("cosines", try graph.one(Product(transposeRight: true), queries, keys))
    var compiler = Compiler(options)
    guard let plan = try compiler.compile(Program(graph: graph), for: .inference(outputs: nil)) else {
      preconditionFailure("no pass was named to stop at")
    }
    cosines = try Executor(plan: plan, threads: threads)
  }

  /// Returns the class that the neighbours of each row of `features`, f32[images, width], vote for; the lowest of equals.
  package func classify(_ features: [Float]) throws -> [Int] {
    let queries = NearestNeighbours.normalized(features, width: width)
    var nearest = [Nearest](repeating: Nearest(count), count: features.count / width)
    for firstKnown in stride(from: 0, to: labels.count, by: NearestNeighbours.knownRows) {
      let knownCount = try fill("known", from: known, firstRow: firstKnown)
      for firstQuery in stride(from: 0, to: nearest.count, by: NearestNeighbours.queryRows) {
        let queryCount = try fill("queries", from: queries, firstRow: firstQuery)
        try cosines.step()
        try cosines.withOutput("cosines") { bytes in
          let cosines = bytes.bindMemory(to: Float.self)
          for row in 0..<queryCount {
            nearest[firstQuery + row].offer(
              UnsafeBufferPointer(rebasing: cosines[(row * NearestNeighbours.knownRows)...].prefix(knownCount)), first: firstKnown)
          }
        }
      }
    }
    return nearest.map(vote)
  }

  /// Copies rows of `rows` from `firstRow` on to the input `name`, as many as there are and fit, and returns how many.
  private func fill(_ name: String, from rows: [Float], firstRow: Int) throws -> Int {
    try cosines.withInput(name) { bytes in
      let part = rows[(firstRow * width)...].prefix(bytes.count / 4)
      part.withUnsafeBytes { bytes.copyMemory(from: $0) }
      return part.count / width
    }
  }

  private func vote(of nearest: Nearest) -> Int {
    var votes = [Double](repeating: 0, count: Int(labels.max() ?? 0) + 1)
    for neighbour in nearest.best { votes[Int(labels[neighbour.index])] += exp(Double(neighbour.cosine) / temperature) }
    return votes.indices.max { (votes[$0], $1) < (votes[$1], $0) } ?? 0
  }

  /// Returns the rows of `features` at length 1; a row of zeros stays one.
  private static func normalized(_ features: [Float], width: Int) -> [Float] {
    var rows = features
    for start in stride(from: 0, to: rows.count, by: width) {
      let length = rows[start..<start + width].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 0 else { continue }
      for i in start..<start + width { rows[i] = Float(Double(rows[i]) / length) }
    }
    return rows
  }
}

/// The nearest of the images that were offered so far; of equally near ones those that came first.
private struct Nearest {
  struct Neighbour {
    let cosine: Float
    let index: Int
  }

  private let count: Int
  private var candidates: [Neighbour] = []
  /// What a candidate must be nearer than, once there are enough.
  private var threshold = -Float.infinity

  init(_ count: Int) { self.count = count }

  var best: [Neighbour] {
    Array(candidates.sorted { ($1.cosine, $0.index) < ($0.cosine, $1.index) }.prefix(count))
  }

  mutating func offer(_ cosines: UnsafeBufferPointer<Float>, first: Int) {
    for (i, cosine) in cosines.enumerated() where cosine > threshold {
      candidates.append(Neighbour(cosine: cosine, index: first + i))
      // Sorting now and then costs less than keeping order always.
      if candidates.count >= 4 * count { cut() }
    }
    if candidates.count > count { cut() }
  }

  private mutating func cut() {
    candidates = best
    if candidates.count == count { threshold = candidates[count - 1].cosine }
  }
}
