import Foundation
import Support

/// Cuts the textual IR into tokens, and reports mistakes with line, column and the line itself.
struct Lexer {
  /// The file's name, for reports.
  let file: String
  private let bytes: [UInt8]
  /// Where each line begins.
  private let lines: [Int]
  private(set) var position = 0

  init(_ text: String, file: String) {
    self.file = file
    // A mark of the byte order, which some editors write, says nothing in UTF-8.
    let bytes = Array((text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text).utf8)
    self.bytes = bytes
    lines = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    skipSpace()
  }

  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  var isAtEnd: Bool { position >= bytes.count }
  /// The next byte that isn't space.
  var next: UInt8? { isAtEnd ? nil : bytes[position] }

  /// Whether the next token is `word`, whole.
  func isNext(word: String) -> Bool {
    let end = position + word.utf8.count
    return bytes[position...].starts(with: word.utf8) && (end >= bytes.count || !Lexer.isNameByte(bytes[end]))
  }

  /// Takes `symbol` if it comes next.
  mutating func take(_ symbol: Character) -> Bool {
    guard let byte = symbol.asciiValue, next == byte else { return false }
    position += 1
    skipSpace()
    return true
  }

  mutating func expect(_ symbol: Character) throws {
    guard take(symbol) else { throw error("expected '\(symbol)'\(found)") }
  }

  mutating func expect(word: String) throws {
    guard isNext(word: word) else { throw error("expected '\(word)'\(found)") }
    position += word.utf8.count
    skipSpace()
  }

  /// Takes a name of letters, digits, `_` and `.`, or a quoted string.
  mutating func name(_ what: String) throws -> String {
    if next == UInt8(ascii: "\"") { return try quoted() }
    let start = position
    while let byte = next, Lexer.isNameByte(byte) { position += 1 }
    guard position > start else { throw error("expected \(what)\(found)") }
    defer { skipSpace() }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Takes a string in quotation marks.
  mutating func quoted() throws -> String {
    let start = position
    guard next == UInt8(ascii: "\"") else { throw error("expected a string in quotation marks\(found)") }
    position += 1
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
    guard next == UInt8(ascii: "\"") else { throw error("a string without its closing quotation mark", at: start) }
    position += 1
    defer { skipSpace() }
    let content = bytes[(start + 1)..<(position - 1)]
    // Most strings have no escapes, and need no decoder.
    if content.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\\") }) { return String(decoding: content, as: UTF8.self) }
    guard let string = try? JSONDecoder().decode(String.self, from: Data(bytes[start..<position])) else {
      throw error("a string that is not valid", at: start)
    }
    return string
  }

  /// Takes a number's characters.
  mutating func number() throws -> String {
    let start = position
    while let byte = next, Lexer.isNameByte(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite, text.utf8.first.map({ $0 == UInt8(ascii: "-") || (48...57).contains($0) }) == true,
      (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    else { throw error("expected a number\(found)", at: start) }
    skipSpace()
    return text
  }

  /// Takes a whole number that is not negative.
  mutating func wholeNumber() throws -> Int {
    let start = position
    while let byte = next, (48...57).contains(byte) { position += 1 }
    guard position > start else { throw error("expected a whole number\(found)", at: start) }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Int(digits) else { throw error("the number \(digits) is too large", at: start) }
    skipSpace()
    return value
  }

  /// The report of `message` at byte `offset`, or at the next token.
  func error(_ message: String, at offset: Int? = nil, hint: String? = nil) -> Diagnostic {
    let offset = min(offset ?? position, bytes.count)
    let (place, line) = place(of: offset)
    return Diagnostic(message, at: place, excerpt: line, hint: hint)
  }

  /// The line and column of byte `offset`, and the text of its line.
  func place(of offset: Int) -> (SourcePosition, String) {
    // The last line that begins at or before the offset.
    var (line, after) = (0, lines.count)
    while after - line > 1 {
      let middle = (line + after) / 2
      if lines[middle] <= offset { line = middle } else { after = middle }
    }
    let end = after < lines.count ? lines[after] - 1 : bytes.count
    let position = SourcePosition(file: file, line: line + 1, column: offset - lines[line] + 1)
    return (position, String(decoding: bytes[lines[line]..<end], as: UTF8.self))
  }

  private var found: String {
    guard next != nil else { return ", found the end of the text" }
    let word = bytes[position...].prefix { Lexer.isNameByte($0) }
    if !word.isEmpty { return ", found '\(String(decoding: word, as: UTF8.self))'" }
    // A character has four bytes at most.
    return String(decoding: bytes[position...].prefix(4), as: UTF8.self).first.map { ", found '\($0)'" } ?? ""
  }

  /// Skips white space and comments, which run from `//` to the end of the line.
  private mutating func skipSpace() {
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") {
        position += 1
      } else if byte == UInt8(ascii: "/"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "/") {
        position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      } else {
        return
      }
    }
  }
}
