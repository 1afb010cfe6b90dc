import Compiler
import Foundation
import Support
import Testing
import Training

@Suite struct NearestNeighboursTests {
  private static let width = 5

  private func features(_ rows: Int, stream: String) -> [Float] {
    let draws = Philox(seed: 1, stream: stream)
    return (0..<rows * Self.width).map { Float(draws.uniform(element: UInt64($0), step: 0)) - 0.5 }
  }

  private func classifier(_ known: [Float], _ labels: [Int32], count: Int) throws -> NearestNeighbours {
    try NearestNeighbours(known, width: Self.width, labels: labels, count: count, temperature: 0.07, options: CompilerOptions(), threads: 1)
  }

  /// More known images and queries than one block holds.
  @Test(arguments: [1, 20]) func votesAsTheDefinitionSays(count: Int) throws {
    let (known, queries) = (features(2500, stream: "known"), features(300, stream: "queries"))
    let labels = (0..<2500).map { Int32($0 * 7 % 4) }
    let guesses = try classifier(known, labels, count: count).classify(queries)
    func row(_ rows: [Float], _ i: Int) -> [Double] { rows[(i * Self.width)..<((i + 1) * Self.width)].map(Double.init) }
    func cosine(_ a: [Double], _ b: [Double]) -> Double {
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
    var differences = 0
    for query in 0..<300 {
      let cosines = (0..<2500).map { (cosine: cosine(row(queries, query), row(known, $0)), label: Int(labels[$0])) }
      var votes = [Double](repeating: 0, count: 4)
      for (cosine, label) in cosines.sorted(by: { $0.cosine > $1.cosine }).prefix(count) { votes[label] += exp(cosine / 0.07) }
      if votes.firstIndex(of: votes.max() ?? 0) != guesses[query] { differences += 1 }
    }
    // Single precision may swap neighbours that are almost equally near, and no others.
    #expect(guesses.count == 300 && differences <= 2, "\(differences) differ")
  }

  @Test func aKnownImageIsItsOwnNearest() throws {
    let known = features(40, stream: "known")
    let labels = (0..<40).map { Int32($0) }
    #expect(try classifier(known, labels, count: 1).classify(known) == labels.map(Int.init))
  }

  @Test func moreVotersThanImagesAreRefused() {
    #expect(throws: Diagnostic.self) { try classifier(features(3, stream: "known"), [0, 1, 0], count: 4) }
  }
}
