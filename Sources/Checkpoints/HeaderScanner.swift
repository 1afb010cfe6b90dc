import Foundation
import Support

/// Reads the little JSON of a safetensors header, a token at a time.
///
/// A general JSON reader keeps one of two equal keys in silence and takes offsets through floating point; neither will do for bytes nobody vouches for.
struct HeaderScanner {
  private let bytes: [UInt8]
  private var position = 0

  /// Creates a scanner at the start of `bytes`.
  init(_ bytes: Data) { self.bytes = Array(bytes) }

  /// The report that the header is not what it should be, here.
  func mistake(_ what: String) -> Diagnostic { Diagnostic("the header is damaged at its byte \(position): \(what)") }

  /// Whether nothing but spaces is left.
  mutating func isAtEnd() -> Bool {
    skipSpaces()
    return position == bytes.count
  }

  /// Takes the punctuation mark `mark`.
  mutating func expect(_ mark: Character) throws {
    guard take(mark) else { throw mistake("expected '\(mark)'") }
  }

  /// Takes the punctuation mark `mark` if it is next.
  mutating func take(_ mark: Character) -> Bool {
    skipSpaces()
    guard position < bytes.count, bytes[position] == mark.asciiValue else { return false }
    position += 1
    return true
  }

  /// Takes an object, calling `member` with each key while the scanner stands before its value.
  ///
  /// - Errors: a key comes twice.
  mutating func object(_ member: (inout HeaderScanner, String) throws -> Void) throws {
    var seen = Set<String>()
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      guard seen.insert(key).inserted else { throw mistake("the name '\(key)' comes twice") }
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  /// Takes an array of whole numbers.
  mutating func integers() throws -> [Int] {
    var numbers = [Int]()
    try expect("[")
    if take("]") { return [] }
    repeat { numbers.append(try integer()) } while take(",")
    try expect("]")
    return numbers
  }

  /// Takes a whole number, none below zero.
  mutating func integer() throws -> Int {
    skipSpaces()
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else { throw mistake("expected a whole number of at most 63 bits") }
    position += digits.count
    return number
  }

  /// Takes a string.
  mutating func string() throws -> String {
    try expect("\"")
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else {
      position = bytes.count
      throw mistake("a string has no end")
    }
    position += 1
    // The string alone holds no keys and no numbers, so here the general reader is right, and it knows every escape.
    let quoted = Data(bytes[(start - 1)..<position])
    guard let text = try? JSONDecoder().decode(String.self, from: quoted) else { throw mistake("a string is not JSON's") }
    return text
  }

  /// Passes over white space.
  private mutating func skipSpaces() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
  }
}
