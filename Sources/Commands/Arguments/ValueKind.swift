import Support

/// What may be typed for an argument or an option, and what it is turned into.
package enum ValueKind: Sendable {
  /// Any text; help shows the placeholder.
  case text(String)
  /// A whole number in the range.
  case integer(ClosedRange<Int>)
  /// A finite number in the range.
  case number(ClosedRange<Double>)
  /// A number of bytes, at least one: `4096`, `512MB`, `1.5GiB`.
  case byteSize
  /// One of the words.
  case choice([String])
  /// A name and its value, such as the example.
  case setting(example: String)

  /// What stands for the value in help.
  var placeholder: String {
    switch self {
    case .text(let placeholder): placeholder
    case .integer: "N"
    case .number: "X"
    case .byteSize: "SIZE"
    case .choice(let words): words.joined(separator: "|")
    case .setting: "KEY=VALUE"
    }
  }

  /// Turns `text`, typed for `subject`, into a value.
  ///
  /// - Parameter hint: what the value means, which is told where nothing better is known.
  /// - Errors: it is no value of this kind, or out of range.
  func value(of text: String, for subject: String, hint: String) throws -> ArgumentValue {
    switch self {
    case .text:
      guard !text.isEmpty else { throw Diagnostic("\(subject) is empty", hint: hint) }
      return .text(text)
    case .integer(let range):
      guard let number = Int(text), range.contains(number) else {
        // A number that no Int holds is whole, and out of any range.
        let isWhole = text.wholeMatch(of: /[+-]?[0-9]+/) != nil
        throw Diagnostic("\(subject) must be \(isWhole ? "\(described(range)), not \(text)" : "a whole number, not '\(text)'")", hint: hint)
      }
      return .integer(number)
    case .number(let range):
      guard let number = Double(text), number.isFinite else { throw Diagnostic("\(subject) must be a number, not '\(text)'", hint: hint) }
      guard range.contains(number) else { throw Diagnostic("\(subject) must be \(described(range)), not \(text)", hint: hint) }
      return .number(number)
    case .byteSize: return .integer(try byteCount(of: text, for: subject))
    case .choice(let words):
      guard words.contains(text) else {
        let guess = nearest(to: text, in: words).map { "did you mean '\($0)'?" }
        throw Diagnostic("\(subject) must be one of \(words.joined(separator: ", ")), not '\(text)'", hint: guess ?? hint)
      }
      return .text(text)
    case .setting(let example):
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw Diagnostic("\(subject) must be KEY=VALUE, not '\(text)'", hint: "such as \(example)")
      }
      return .setting(key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
  }

  /// The range in words, without the ends that only say 'any'.
  private func described<Bound: Comparable>(_ range: ClosedRange<Bound>) -> String where Bound: Numeric {
    let noUpper = range.upperBound as? Int == .max || range.upperBound as? Double == .greatestFiniteMagnitude
    return noUpper ? "at least \(range.lowerBound)" : "in \(range.lowerBound)…\(range.upperBound)"
  }
}

/// A value that was typed, after its conversion.
enum ArgumentValue: Hashable, Sendable {
  case text(String)
  case integer(Int)
  case number(Double)
  case setting(key: String, value: String)
  case present

  /// What is typed after the option's name to give it this value.
  var suffix: String {
    switch self {
    case .text(let text): " \(text)"
    case .integer(let number): " \(number)"
    case .number(let number): " \(number)"
    case .setting(let key, let value): " \(key)=\(value)"
    case .present: ""
    }
  }
}
