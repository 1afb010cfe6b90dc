import Graph
import Operations
import Support
import Testing

/// The examples of `spec/ir.md` are what they say they are.
@Suite("spec/ir.md")
struct TextualIRTests {
  /// A fenced block of a page: the words after its three backquotes, and its lines.
  struct Block: Sendable, CustomTestStringConvertible {
    let kind: String
    let text: String
    /// The block that comes next.
    var successor: String?
    var testDescription: String { "\(kind): \(text.prefix { $0 != "\n" })" }
  }

  static let blocks = fencedBlocks(of: (try? SpecFolder.text("ir.md")) ?? "")

  @Test("blocks marked 'vir' are printed as they stand", arguments: blocks.filter { $0.kind == "vir" })
  func isPrintedAsItStands(_ block: Block) throws {
    #expect(try program(block).text() == block.text)
  }

  @Test("blocks marked 'vir positions' are printed so with their positions", arguments: blocks.filter { $0.kind == "vir positions" })
  func isPrintedWithPositions(_ block: Block) throws {
    #expect(try program(block).text(positions: true) == block.text)
  }

  @Test("blocks marked 'vir loose' mean what the next block says", arguments: blocks.filter { $0.kind == "vir loose" })
  func meansTheNext(_ block: Block) throws {
    #expect(try program(block).text() == block.successor)
  }

  @Test("blocks marked 'vir error' are refused with the next block's words", arguments: blocks.filter { $0.kind == "vir error" })
  func isRefused(_ block: Block) throws {
    let mistake = #expect(throws: Diagnostic.self) { try program(block) }
    #expect(mistake.map { "\($0)\n" } == block.successor)
  }

  @Test("has blocks of every kind")
  func hasBlocks() {
    let kinds = Set(TextualIRTests.blocks.map(\.kind))
    #expect(kinds.isSuperset(of: ["vir", "vir positions", "vir loose", "vir error"]))
  }

  private func program(_ block: Block) throws -> Program {
    try Program(parsing: block.text, file: "example.vir", operations: Catalogue.names)
  }

  /// The fenced blocks of `page`, in order.
  private static func fencedBlocks(of page: String) -> [Block] {
    var blocks: [Block] = []
    var open: (kind: String, lines: [Substring])?
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if let (kind, lines) = open {
        guard line == "```" else {
          open = (kind, lines + [line])
          continue
        }
        let text = lines.map { $0 + "\n" }.joined()
        if !blocks.isEmpty { blocks[blocks.count - 1].successor = text }
        blocks.append(Block(kind: kind, text: text))
        open = nil
      } else if line.hasPrefix("```") {
        open = (String(line.dropFirst(3)), [])
      }
    }
    return blocks
  }
}
