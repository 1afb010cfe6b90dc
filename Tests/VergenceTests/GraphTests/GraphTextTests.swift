import Graph
import Operations
import Support
import Testing

/// Printing and parsing are inverse.
@Suite("Text of graphs")
struct GraphTextTests {
  @Test("printing and parsing are inverse on random graphs", arguments: 0..<8)
  func roundTrip(_ block: Int) throws {
    for seed in UInt32(block * 40)..<UInt32(block * 40 + 40) {
      let graph = try RandomGraph.make(seed: seed)
      try graph.verify()
      let text = graph.text()
      let parsed = try Graph(parsing: text, operations: Catalogue.names)
      #expect(parsed.text() == text, "seed \(seed)")
      try parsed.verify()
      // Inputs are written in the first line, so that only the other nodes keep their places.
      #expect(operations(parsed) == operations(graph), "seed \(seed)")
      #expect(parsed.outputs.map(\.name) == graph.outputs.map(\.name))
    }
  }

  @Test("places survive", arguments: 0..<4)
  func positions(_ block: Int) throws {
    for seed in UInt32(1000 + block * 20)..<UInt32(1020 + block * 20) {
      let graph = try RandomGraph.make(seed: seed)
      let text = graph.text(positions: true)
      let parsed = try Graph(parsing: text, file: "text.vir", operations: Catalogue.names)
      for (old, new) in zip(inner(graph), inner(parsed)) {
        // A node without a place gets the one in the text.
        if let position = old.position { #expect(new.position == position, "seed \(seed)") } else { #expect(new.position?.file == "text.vir") }
      }
      #expect(try Graph(parsing: parsed.text(positions: true), operations: Catalogue.names).text(positions: true) == parsed.text(positions: true))
    }
  }

  private func inner(_ graph: Graph) -> [Node] { graph.nodes.filter { $0.mnemonic != "input" } }
  private func operations(_ graph: Graph) -> [AnyHashable] { inner(graph).map { erased($0.operation) } }
}
