import Graph
import Support
import Testing

/// Attributes of every kind keep their value and their kind through the text.
@Suite("Text of attributes")
struct AttributeTextTests {
  struct Numbers: Codable, Hashable {
    var number: Double
    var whole: Int
    var flag: Bool
  }

  struct Nested: Codable, Hashable {
    enum Kind: String, Codable { case plain, other = "other-kind" }
    var kind: Kind
    var list: [Double]
    var flags: [Bool]
    var words: [String]
    var optional: Int?
    var table: [String: Numbers]
  }

  private func roundTrip<T: Codable>(_ value: T) throws -> T {
    try AttributeText.decode(T.self, from: AttributeText.parse(AttributeText.text(of: value)))
  }

  @Test("truth values are words and numbers are digits")
  func kinds() {
    #expect(AttributeText.text(of: Numbers(number: 1, whole: 0, flag: true)) == "{flag = true, number = 1, whole = 0}")
    #expect(AttributeText.text(of: Numbers(number: 0, whole: 1, flag: false)) == "{flag = false, number = 0, whole = 1}")
    #expect(AttributeText.text(of: [true, false]) == "[true, false]")
    #expect(AttributeText.text(of: [1, 0]) == "[1, 0]")
  }

  @Test(
    "numbers keep every bit",
    arguments: [
      0, -0.0, 1, -1, 0.1, 1e-08, 2.5e-300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -1e300, 1.0 / 3, 0x1p53, 0x1p53 + 2, 0x1p62, 0x1p64,
      .infinity,
      -.infinity,
    ])
  func doubles(_ number: Double) throws {
    let read = try roundTrip(Numbers(number: number, whole: 0, flag: false)).number
    #expect(read.bitPattern == number.bitPattern, "\(AttributeText.text(of: [number]))")
  }

  @Test("whole numbers keep every digit", arguments: [0, 1, -1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, .max, .min])
  func wholes(_ whole: Int) throws {
    #expect(try roundTrip(Numbers(number: 0, whole: whole, flag: true)).whole == whole)
  }

  @Test("a number that is none stays that")
  func notANumber() throws { #expect(try roundTrip(Numbers(number: .nan, whole: 0, flag: false)).number.isNaN) }

  @Test("lists, words, tables and what is left out")
  func nested() throws {
    let value = Nested(
      kind: .other, list: [1, 0.5], flags: [true, false], words: ["a_word", "two words", "true", "1", "", "\"\\\n", "é", "null"], optional: nil,
      table: ["a": Numbers(number: 1, whole: 2, flag: true), "b c": Numbers(number: -0.0, whole: -2, flag: false)])
    #expect(try roundTrip(value) == value)
    var full = value
    full.optional = 1
    #expect(try roundTrip(full) == full)
    #expect(try roundTrip(Nested(kind: .plain, list: [], flags: [], words: [], optional: 0, table: [:])).optional == 0)
  }

  @Test(
    "what doesn't fit is refused with the attribute's name",
    arguments: [
      ("{number = 1, whole = 1}", "needs the attribute 'flag'"),
      ("{number = 1, whole = 1.5, flag = true}", "needs a whole one within range: 1.5"),
      ("{number = 1, whole = 99999999999999999999, flag = true}", "within range: 99999999999999999999"),
      ("{number = 1, whole = true, flag = true}", "has an attribute of the wrong kind: 'whole'"),
      ("{number = 1, whole = 1, flag = 1}", "has an attribute of the wrong kind: 'flag'"),
      ("{number = one, whole = 1, flag = true}", "number"),
      ("{number = [1], whole = 1, flag = true}", "has an attribute of the wrong kind: 'number'"),
      ("{number = null, whole = 1, flag = true}", "number"),
      ("{number = 1, whole = 1, flag = true, extra = 1}", "has no attribute 'extra'"),
      ("{number = 1, whole = 1, flag = true, flog = 1}", "has no attribute 'flog'"),
    ])
  func refused(_ text: String, _ message: String) throws {
    let tree = try AttributeText.parse(text)
    let problem = #expect(throws: Diagnostic.self) { try AttributeText.decode(Numbers.self, from: tree) }
    #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "nothing")")
  }
}
