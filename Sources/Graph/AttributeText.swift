import Foundation
import Support

/// The text of attributes: `{padding = valid, stride = [1, 1]}`, written from and read into anything `Codable`.
///
/// A string that looks like a word is written as one; numbers, truth values, lists and nested braces are what they look like.
package enum AttributeText {
  /// A parsed attribute.
  package enum Tree: Hashable, Sendable {
    case null
    case number(String)
    case boolean(Bool)
    case string(String)
    case list([Tree])
    case record([String: Tree])
  }

  /// The text of `value`'s properties, or nothing when it has none.
  package static func text(of value: any Encodable) -> String {
    let tree = tree(of: value)
    return tree == .record([:]) ? "" : text(tree)
  }

  /// The value of type `type` that `tree` describes.
  ///
  /// - Parameter examples: Trees of such values, for the hint of an error.
  /// - Errors: a property is missing, has another type, or isn't one of `type`'s.
  package static func decode<T: Codable>(_ type: T.Type, from tree: Tree, examples: @autoclosure () -> [Tree] = []) throws -> T {
    let value: T
    do {
      value = try decoder.decode(T.self, from: Data(json(tree).utf8))
    } catch DecodingError.keyNotFound(let key, _) {
      throw Diagnostic("needs the attribute '\(key.stringValue)'")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw Diagnostic(
        "has an attribute of the wrong kind: \(description(of: context.codingPath, in: tree))", hint: hint(context.codingPath, examples()))
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      // Foundation doesn't say which number it was that isn't whole, or doesn't fit.
      let digits = numbers(in: tree).filter { Int32($0) == nil }
      throw Diagnostic("has a number that can't be, where it needs a whole one within range: \(digits.joined(separator: " or "))")
    } catch DecodingError.dataCorrupted(let context) {
      throw Diagnostic("has an attribute that can't be: \(description(of: context.codingPath, in: tree))", hint: hint(context.codingPath, examples()))
    }
    if case .record(let given) = tree, case .record(let known) = Self.tree(of: value) {
      for name in given.keys.sorted() where known[name] == nil && given[name] != .null {
        throw Diagnostic("has no attribute '\(name)'", hint: nearest(to: name, in: known.keys.sorted()).map { "did you mean '\($0)'?" })
      }
    }
    return value
  }

  /// The numbers in `tree`, as they were written.
  private static func numbers(in tree: Tree) -> [String] {
    switch tree {
    case .null, .boolean, .string: []
    case .number(let digits): [digits]
    case .list(let items): items.flatMap(numbers)
    case .record(let fields): fields.sorted { $0.key < $1.key }.flatMap { numbers(in: $0.value) }
    }
  }

  /// The text of `tree`.
  package static func text(_ tree: Tree) -> String {
    switch tree {
    case .null: return "null"
    case .number(let digits): return digits
    case .boolean(let flag): return flag ? "true" : "false"
    case .string(let string): return isWord(string) ? string : quoted(string)
    case .list(let items): return "[\(items.map(text).joined(separator: ", "))]"
    case .record(let fields):
      return "{" + fields.sorted { $0.key < $1.key }.map { "\(isWord($0.key) ? $0.key : quoted($0.key)) = \(text($0.value))" }.joined(separator: ", ")
        + "}"
    }
  }

  /// `string` in quotation marks, with the escapes of JSON.
  package static func quoted(_ string: String) -> String { json(.string(string)) }

  /// The tree of `value`'s properties.
  ///
  /// JSON differs from this text in its colons only, so the same reader takes it: numbers keep the digits that were written, which Foundation's own
  /// reader of untyped JSON would round.
  static func tree(of value: any Encodable) -> Tree {
    guard let data = try? encoder.encode(value) else { preconditionFailure("attributes can always be written") }
    var lexer = Lexer(String(decoding: data, as: UTF8.self), file: "attributes")
    guard let tree = try? parse(&lexer, separator: ":"), lexer.isAtEnd else { preconditionFailure("what was written can be read") }
    return tree
  }

  private static func json(_ tree: Tree) -> String {
    switch tree {
    case .null: return "null"
    case .number(let digits): return digits
    case .boolean(let flag): return flag ? "true" : "false"
    case .string(let string):
      guard let data = try? JSONEncoder.plain.encode(string) else { preconditionFailure("strings can be encoded") }
      return String(decoding: data, as: UTF8.self)
    case .list(let items): return "[\(items.map(json).joined(separator: ","))]"
    case .record(let fields):
      return "{\(fields.sorted { $0.key < $1.key }.map { "\(json(.string($0.key))):\(json($0.value))" }.joined(separator: ","))}"
    }
  }

  static func isWord(_ string: String) -> Bool {
    guard let first = string.utf8.first, isLetter(first) else { return false }
    return string.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) } && !["true", "false", "null", "inf", "nan"].contains(string)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 }

  /// The attribute at `path` and what `tree` gives it.
  private static func description(of path: [any CodingKey], in tree: Tree) -> String {
    let name = path.map(\.stringValue).joined(separator: ".")
    return "'\(name)'" + (value(at: path, in: tree).map { " = \(text($0))" } ?? "")
  }

  /// What the attribute at `path` is in `examples`.
  private static func hint(_ path: [any CodingKey], _ examples: [Tree]) -> String? {
    let known = Set(examples.compactMap { value(at: path, in: $0) }.map(text)).sorted()
    return known.isEmpty ? nil : "such as \(known.prefix(4).joined(separator: ", "))"
  }

  private static func value(at path: [any CodingKey], in tree: Tree) -> Tree? {
    path.reduce(tree) { tree, key in
      switch tree {
      case .record(let fields): fields[key.stringValue]
      case .list(let items): key.intValue.flatMap { items.indices.contains($0) ? items[$0] : nil }
      default: nil
      }
    }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder.plain
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "+inf", negativeInfinity: "-inf", nan: "not a number")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "+inf", negativeInfinity: "-inf", nan: "not a number")
    return decoder
  }
}

extension JSONEncoder {
  /// An encoder whose output is the same every time.
  fileprivate static var plain: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
