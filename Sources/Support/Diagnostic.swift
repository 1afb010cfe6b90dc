/// A user's mistake: what is wrong, where, and how to mend it.
///
/// Our own mistakes are preconditions; everything that a user types or feeds ends here.
public struct Diagnostic: Error, Hashable, Sendable, Codable {
  /// What is wrong, in lower case, with the names and shapes involved.
  public let message: String
  /// Where it is wrong, if that is a place in a file.
  public var position: SourcePosition?
  /// The text of the line at `position`, shown with a caret under the column.
  public var excerpt: String?
  /// What the user can do about it.
  public var hint: String?
  /// The numbers in it that a program may go on with, by the keys they have under `--json`.
  package var figures: [String: Int] = [:]

  /// Creates the report of `message`.
  public init(_ message: String, at position: SourcePosition? = nil, excerpt: String? = nil, hint: String? = nil) {
    self.message = message
    self.position = position
    self.excerpt = excerpt
    self.hint = hint
  }
}

extension Diagnostic: CustomStringConvertible {
  /// The report as it is shown: place, message, the line with a caret, and the hint.
  public var description: String { description(as: "error") }

  /// The report under another word than 'error', such as 'warning'.
  ///
  /// What a terminal would obey shows as �, and of a long line only what is near the caret.
  package func description(as severity: String) -> String {
    var text = position.map { "\($0): " } ?? ""
    text += "\(severity): \(message)"
    if let position, let excerpt {
      let (near, column) = Diagnostic.near(position.column, of: excerpt)
      text += "\n  \(near)\n  \(String(repeating: " ", count: max(0, column - 1)))^"
    }
    if let hint { text += "\n  hint: \(hint)" }
    return text.withoutControls
  }

  /// Characters of a line that are shown on either side of the caret.
  private static let shown = 100

  /// The part of `line` around `column`, and the column there.
  private static func near(_ column: Int, of line: String) -> (String, Int) {
    let first = max(0, column - shown)
    let part = line.dropFirst(first).prefix(2 * shown)
    let (before, after) = (first > 0 ? "…" : "", part.endIndex < line.endIndex ? "…" : "")
    return (before + part + after, column - first + before.count)
  }
}

extension String {
  /// The text with � in the place of each control character but line feeds and tabs.
  fileprivate var withoutControls: String {
    let isBad = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t" }
    guard unicodeScalars.contains(where: isBad) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { isBad($0) ? "\u{FFFD}" : $0 }))
  }
}
