import Foundation
import Operations
import Testing

/// The generated page of the specification is the one that stands in the repository.
@Suite("spec/operations.md")
struct SpecificationTests {
  @Test("is what the operations' documentation says; VERGENCE_BLESS=1 writes it anew")
  func isFresh() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
    let page = root.appending(path: "spec/operations.md")
    let text = try Catalogue.specification()
    if ProcessInfo.processInfo.environment["VERGENCE_BLESS"] == "1" { try Data(text.utf8).write(to: page, options: .atomic) }
    let written = try? String(contentsOf: page, encoding: .utf8)
    #expect(written == text, "spec/operations.md is stale: run tools/generate-spec")
  }
}
