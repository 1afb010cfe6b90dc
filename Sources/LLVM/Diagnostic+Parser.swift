import Support

extension Diagnostic {
  /// Creates a report from what LLVM's parser says: `name:line:column: error: what`, the line, and a caret.
  ///
  /// - Parameter file: the name that LLVM was given for the text.
  init(parserMessage message: String, file: String) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    let marker = ": error: "
    guard let first = lines.first, first.hasPrefix(file + ":"), let end = first.firstRange(of: marker) else {
      self.init("'\(file)' is not LLVM IR: \(message)")
      return
    }
    let place = first[..<end.lowerBound].dropFirst(file.count + 1).split(separator: ":").compactMap { Int($0) }
    guard place.count == 2 else {
      self.init("'\(file)' is not LLVM IR: \(first[end.upperBound...])")
      return
    }
    let position = SourcePosition(file: file, line: place[0], column: place[1])
    self.init(String(first[end.upperBound...]), at: position, excerpt: lines.count > 1 ? String(lines[1]) : nil)
  }
}
