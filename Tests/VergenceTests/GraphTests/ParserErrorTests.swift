import Graph
import Operations
import Support
import Testing

/// Every mistake in a textual graph is reported where it stands, with what to do about it; none traps.
@Suite("Mistakes in textual graphs")
struct ParserErrorTests {
  /// A wrong text, what is said of it, and where.
  struct Mistake: Sendable, CustomTestStringConvertible {
    let text: String
    let message: String
    let line: Int
    let column: Int
    var hint: String?

    init(_ text: String, _ message: String, _ line: Int, _ column: Int, hint: String? = nil) {
      (self.text, self.message, self.line, self.column, self.hint) = (text, message, line, column, hint)
    }

    var testDescription: String { message }
  }

  /// A graph of one input, with `lines` in its braces from line 2 on.
  private static func graph(_ lines: String) -> String { "graph @g(%x: f32[2, 3]) {\n\(lines)\n}\n" }

  static let mistakes = [
    Mistake("", "expected 'graph', found the end of the text", 1, 1),
    Mistake("grap @g() {}", "expected 'graph', found 'grap'", 1, 1),
    Mistake("é", "expected 'graph', found 'é'", 1, 1),
    Mistake("graph g() {}", "expected '@', found 'g'", 1, 7),
    Mistake("graph @() {}", "expected the graph's name, found '('", 1, 8),
    Mistake("graph @g(%x f32[2]) {}", "expected ':', found 'f32'", 1, 13),
    Mistake("graph @g(%x: f32[2] %y: f32[2]) {}", "expected ',', found '%'", 1, 21),
    Mistake("graph @g(%x: f32[2], %x: f32[2]) {}", "the value '%x' is defined twice", 1, 22),
    Mistake("graph @g(%x: f64[2]) {}", "no element type is called 'f64'", 1, 14, hint: "there are f32, bf16, i32, bool"),
    Mistake("graph @g(%x: f32[0]) {}", "shape [0] has an extent below 1", 1, 14),
    Mistake("graph @g(%x: f32[-1]) {}", "expected a whole number, found '-'", 1, 18),
    Mistake("graph @g(%x: f32[99999999999999999999]) {}", "the number 99999999999999999999 is too large", 1, 18),
    Mistake("graph @g(%x: f32[3000000000, 3000000000, 3000000000]) {}", "has too many elements", 1, 14),
    Mistake(graph("  %0 = rleu %x : f32[2, 3]"), "no operation is called 'rleu'", 2, 8, hint: "did you mean 'relu'?"),
    Mistake(graph("  %0 = zzzzzzzz %x : f32[2, 3]"), "no operation is called 'zzzzzzzz'", 2, 8),
    Mistake(graph("  %0 = relu %y : f32[2, 3]"), "no value is called '%y'", 2, 13, hint: "did you mean '%x'?"),
    Mistake(graph("  %0 = relu %0 : f32[2, 3]"), "no value is called '%0'", 2, 13),
    Mistake(graph("  %0 = relu %x : f32[3, 2]"), "'relu' makes f32[2, 3], and the text says f32[3, 2]", 2, 8),
    Mistake(
      graph("  %0 = relu %x"), "'relu' makes f32[2, 3], and the text says nothing", 2, 8, hint: "write ': f32[2, 3]' behind it"),
    Mistake(graph("  %0 = relu(%x) : f32[2, 3]"), "operands stand without parentheses", 2, 12),
    Mistake(graph("  0 = relu %x : f32[2, 3]"), "a value's name begins with '%'", 2, 3, hint: "write '%0 = …'"),
    Mistake(graph("  %0 = relu %x, %x : f32[2, 3]"), "'relu' takes 1 operand, and got 2", 2, 8),
    Mistake(graph("  %0 = relu : f32[2, 3]"), "'relu' takes 1 operand, and got 0", 2, 8),
    Mistake(graph("  %0, %1 = relu %x : f32[2, 3]"), "'relu' has 1 results, and 2 are named", 2, 3),
    Mistake(graph("  %x = relu %x : f32[2, 3]"), "the value '%x' is defined twice", 2, 3),
    Mistake(graph("  %0 = relu %x {alpha = 1} : f32[2, 3]"), "'relu' has no attribute 'alpha'", 2, 8),
    Mistake(graph("  %0 = reshape %x : f32[6]"), "'reshape' needs the attribute 'shape'", 2, 8),
    Mistake(graph("  %0 = reshape %x {shap = [6]} : f32[6]"), "'reshape' needs the attribute 'shape'", 2, 8),
    Mistake(graph("  %0 = reshape %x {shape = 6} : f32[6]"), "'reshape' has an attribute of the wrong kind: 'shape'", 2, 8),
    Mistake(graph("  %0 = reshape %x {shape = [5]} : f32[5]"), "can't give f32[2, 3] the shape [5]: 6 and 5 elements", 2, 8),
    Mistake(graph("  %0 = reshape %x {shape = [6], shape = [6]} : f32[6]"), "the attribute 'shape' stands there twice", 2, 33),
    Mistake(graph("  %0 = reshape %x {shape = [6} : f32[6]"), "expected ',', found '}'", 2, 30),
    Mistake(graph("  %0 = reshape %x {shape = \"6} : f32[6]"), "a string without its closing quotation mark", 2, 28),
    Mistake(graph("  %0 = reshape %x {shape = \"\\q\"} : f32[6]"), "a string that is not valid", 2, 28),
    Mistake(graph("  %0 = reshape %x {shape = [1e999]} : f32[6]"), "expected a number", 2, 29),
    Mistake(graph("  %0 = cast %x {to = f16} : f32[6]"), "'cast' has an attribute that can't be: 'to' = f16", 2, 8),
    Mistake(
      graph("  %0 = reduce %x {combination = summ, axes = [0]} : f32[3]"), "'reduce' has an attribute that can't be: 'combination' = summ", 2, 8,
      hint: "such as maximum, sum"),
    Mistake(
      graph("  %0 = reduce %x {combination = sum, axes = one} : f32[3]"), "'reduce' has an attribute of the wrong kind: 'axes' = one", 2, 8),
    Mistake(
      graph("  %0 = pad %x {low = [0, 9223372036854775807], high = [0, 9223372036854775807], interior = [0, 0], mode = zero} : f32[6]"),
      "beyond any tensor", 2, 8),
    Mistake(
      graph("  %0 = pad %x {low = [0, 0], high = [0, 0], interior = [0, 9223372036854775807], mode = zero} : f32[6]"), "beyond any tensor", 2, 8),
    Mistake(graph("  %0 = slice %x {starts = [0, 0], limits = [2, 4], strides = [1, 1]} : f32[6]"), "0..<4 is not a part of dimension 1", 2, 8),
    Mistake(graph("  %0 = reshape %x {shape = [9223372036854775807, 9223372036854775807]} : f32[6]"), "has too many elements", 2, 8),
    Mistake(graph("  %0 = reshape %x {shape = \(String(repeating: "[", count: 100_000))"), "attributes are nested more than 32 deep", 2, 59),
    Mistake(graph("  %0 = relu %x : f32[2, 3] at \"m.swift\":1"), "expected ':', found '}'", 3, 1),
    Mistake(graph("  return y"), "expected '=', found '}'", 3, 1),
    Mistake(graph("  return y = %z"), "no value is called '%z'", 2, 14, hint: "did you mean '%x'?"),
    Mistake(graph("  return y = %x, y = %x"), "the output 'y' stands there twice", 2, 18),
    Mistake(graph("  return %x, %x"), "the output 'x' stands there twice", 2, 14),
    Mistake("graph @g() {", "expected an operation, found the end of the text", 1, 13),
    Mistake("graph @g() {\n} graph", "expected the end of the text after the graph", 2, 3),
  ]

  @Test("are reported where they stand", arguments: mistakes)
  func reported(_ mistake: Mistake) throws {
    let problem = try #require(throws: Diagnostic.self) { try Graph(parsing: mistake.text, file: "g.vir", operations: Catalogue.names) }
    #expect(problem.message.contains(mistake.message), "\(problem)")
    #expect(problem.position == SourcePosition(file: "g.vir", line: mistake.line, column: mistake.column), "\(problem)")
    #expect(problem.excerpt != nil)
    if let hint = mistake.hint { #expect(problem.hint == hint) }
  }

  @Test("a mark of the byte order is passed over")
  func byteOrderMark() throws {
    let text = Self.graph("  %0 = relu %x : f32[2, 3]\n  return %0")
    #expect(try Graph(parsing: "\u{FEFF}" + text, operations: Catalogue.names).text() == Graph(parsing: text, operations: Catalogue.names).text())
  }

  @Test("a text cut off anywhere is refused or whole")
  func truncation() throws {
    var graphs = [try Graph(parsing: Self.graph("  %0 = reshape %x {shape = [6]} : f32[6] // \"\\\n  return y = %0"), operations: Catalogue.names)]
    graphs += try (1..<2).map { try RandomGraph.make(seed: $0) }
    for graph in graphs {
      let bytes = Array(graph.text(positions: true).utf8)
      for count in 0..<(bytes.count - 2) {
        #expect(throws: Diagnostic.self) { try Graph(parsing: String(decoding: bytes[..<count], as: UTF8.self), operations: Catalogue.names) }
      }
    }
  }

  @Test("changed bytes never trap", arguments: 0..<4)
  func changedBytes(_ block: Int) throws {
    var draws = RandomSource(seed: UInt32(77 + block))
    let alphabet = Array("%@{}[](),:=\"\\./-+0129eaxf \n\u{e9}".utf8)
    for seed in 0..<UInt32(10) {
      let bytes = Array(try RandomGraph.make(seed: seed).text(positions: true).utf8)
      for _ in 0..<25 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...3, using: &draws) {
          changed[Int.random(in: 0..<changed.count, using: &draws)] = alphabet.randomElement(using: &draws) ?? 0
        }
        // Either it is still a graph, which then is a sound one, or a diagnostic says why not.
        if let graph = try parsed(changed) { try graph.verify() }
      }
    }
  }

  private func parsed(_ bytes: [UInt8]) throws -> Graph? {
    do { return try Graph(parsing: String(decoding: bytes, as: UTF8.self), operations: Catalogue.names) } catch is Diagnostic { return nil }
  }
}
