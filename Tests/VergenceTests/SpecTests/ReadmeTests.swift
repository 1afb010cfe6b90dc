import Commands
import Testing

/// What the README quotes is what is there.
@Suite("README.md")
struct ReadmeTests {
  @Test("shows the smallest model as it stands in its file")
  func quotesPair() throws {
    #expect(try SpecFolder.text("../README.md").contains("```swift\n" + SpecFolder.text("../graphs/Pair.swift") + "```\n"))
  }

  @Test("names every verb", arguments: verbs.map(\.name))
  func names(_ verb: String) throws {
    #expect(try SpecFolder.text("../README.md").contains("| `vergence \(verb) "))
  }
}
