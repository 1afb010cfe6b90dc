import Support

extension AttributeText {
  /// How deep lists and braces may stand in each other.
  static let depthLimit = 32

  /// Reads one attribute from all of `text`.
  ///
  /// - Errors: a mistake in the text, with line, column and caret.
  package static func parse(_ text: String, file: String = "attributes") throws -> Tree {
    var lexer = Lexer(text, file: file)
    let tree = try parse(&lexer)
    guard lexer.isAtEnd else { throw lexer.error("expected the end of the text after the attribute") }
    return tree
  }

  /// Takes one value from `lexer`.
  ///
  /// A brace has `separator` between names and values.
  static func parse(_ lexer: inout Lexer, depth: Int = 0, separator: Character = "=") throws -> Tree {
    guard depth < depthLimit else { throw lexer.error("attributes are nested more than \(depthLimit) deep") }
    if lexer.next == UInt8(ascii: "{") { return .record(try parseRecord(&lexer, depth: depth, separator: separator)) }
    if lexer.next == UInt8(ascii: "\"") { return .string(try lexer.quoted()) }
    if lexer.take("[") {
      var items: [Tree] = []
      while !lexer.take("]") {
        if !items.isEmpty { try lexer.expect(",") }
        items.append(try parse(&lexer, depth: depth + 1, separator: separator))
      }
      return .list(items)
    }
    guard let byte = lexer.next, Lexer.isNameByte(byte), !(48...57).contains(byte), byte != UInt8(ascii: ".") else {
      return .number(try lexer.number())
    }
    switch try lexer.name("a value") {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "null": return .null
    case let word: return .string(word)
    }
  }

  /// Takes `{name = value, …}` from `lexer`.
  static func parseRecord(_ lexer: inout Lexer, depth: Int = 0, separator: Character = "=") throws -> [String: Tree] {
    var fields: [String: Tree] = [:]
    try lexer.expect("{")
    while !lexer.take("}") {
      if !fields.isEmpty { try lexer.expect(",") }
      let start = lexer.position
      let name = try lexer.name("an attribute's name")
      try lexer.expect(separator)
      guard fields.updateValue(try parse(&lexer, depth: depth + 1, separator: separator), forKey: name) == nil else {
        throw lexer.error("the attribute '\(name)' stands there twice", at: start)
      }
    }
    return fields
  }
}
