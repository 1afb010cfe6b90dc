import Graph
import Loops
import Operations
import Tensors
import Testing

/// What holds for every operation of the catalogue, tried on its examples.
@Suite("Laws of the catalogue")
struct CatalogueLaws {
  /// Operations that name something outside the step, which an example can't have.
  static let external: Set<String> = ["input", "parameter", "state", "assign"]

  @Test("mnemonics differ")
  func mnemonicsDiffer() {
    #expect(Set(Catalogue.operations.map { $0.mnemonic }).count == Catalogue.operations.count)
  }

  @Test("documented, with examples", arguments: CatalogueEntry.all)
  func documented(_ entry: CatalogueEntry) {
    let documentation = entry.operation.documentation
    #expect(documentation.summary.hasSuffix("."), "the summary is a sentence")
    #expect(!documentation.shapes.isEmpty)
    #expect(documentation.details.isEmpty || documentation.details.hasSuffix("."), "details are sentences")
    #expect(entry.operation.examples.isEmpty == Self.external.contains(entry.operation.mnemonic))
  }

  @Test("text round trip", arguments: CatalogueEntry.withExamples)
  func textRoundTrip(_ entry: CatalogueEntry) throws {
    for example in entry.operation.examples {
      let graph = try exampleGraph(example).graph
      let parsed = try Graph(parsing: graph.text(), operations: Catalogue.names)
      #expect(parsed.text() == graph.text())
      #expect(erased(parsed.nodes[parsed.nodes.count - 1].operation) == erased(example.operation))
      try parsed.verify()
    }
  }

  @Test("inference agrees with evaluation", arguments: CatalogueEntry.withExamples)
  func inference(_ entry: CatalogueEntry) throws {
    for example in entry.operation.examples {
      let types = try example.operation.infer(example.operands)
      var environment = EvaluationEnvironment()
      let results = try example.operation.evaluate(ExampleOperands().tensors(for: example), in: &environment)
      #expect(results.map(\.shape) == types.map(\.shape))
      for (type, result) in zip(types, results) {
        #expect(result.elements.allSatisfy { isElement($0, of: type.element) }, "an element that no \(type.element) is")
      }
    }
  }

  private func isElement(_ value: Double, of type: ElementType) -> Bool {
    switch type {
    case .f32, .bf16: value.isFinite
    case .i32: Int32(exactly: value) != nil
    case .bool: value == 0 || value == 1
    }
  }

  @Test("one operand more or less is refused", arguments: CatalogueEntry.withExamples)
  func operandCount(_ entry: CatalogueEntry) {
    // An operation that takes any number of operands has examples with different numbers.
    guard Set(entry.operation.examples.map(\.operands.count)).count == 1 else { return }
    for example in entry.operation.examples {
      #expect(throws: (any Error).self) { try example.operation.infer(example.operands + [.scalar(.f32)]) }
      if !example.operands.isEmpty { #expect(throws: (any Error).self) { try example.operation.infer(Array(example.operands.dropLast())) } }
    }
  }
}
