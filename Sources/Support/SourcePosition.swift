/// A place in a source file, as its user knows the file.
public struct SourcePosition: Hashable, Sendable, Codable {
  /// The path as it was given, or the file's name where that is all there is.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column in UTF-8 code units, from 1.
  public let column: Int

  /// Creates the place at `line` and `column` of `file`.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

extension SourcePosition: CustomStringConvertible {
  /// The place as compilers write it: `file:line:column`.
  public var description: String { "\(file):\(line):\(column)" }
}
