import Support

/// Live ranges as a CSV file gives them: `id,lower,upper,size`, one buffer a line.
///
/// - Source: the files of MiniMalloc's benchmark suite.
package struct LiveRangeTable: Sendable {
  /// What the file calls each buffer, by the buffer's index.
  package let names: [String]
  /// The ranges, in the file's order.
  package let ranges: [LiveRange]

  /// The columns every file has, in the order that holds when the file has no header.
  static let columns = ["id", "lower", "upper", "size"]

  /// The largest sum of sizes, so that no offset overflows.
  static let byteLimit = 1 << 60

  /// Reads the CSV text `text`; errors call it `source`.
  ///
  /// The header may be absent; when it is there, columns may come in any order, and others than the four are passed over.
  /// - Errors: a missing column or field, a number that isn't one, an empty range, a name that comes twice; each with its line.
  package init(csv text: String, source: String) throws {
    var names = [String]()
    var ranges = [LiveRange]()
    var seen = Set<String>()
    var places = Array(0..<4)
    var sum = 0
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      func mistake(_ what: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(what, at: SourcePosition(file: source, line: number + 1, column: 1), excerpt: String(line), hint: hint)
      }
      if line.allSatisfy(\.isWhitespace) { continue }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmed) }
      if ranges.isEmpty, number == 0, fields.contains("size") {
        places = try LiveRangeTable.columns.map { name in
          guard let place = fields.firstIndex(of: name) else {
            throw mistake("the column '\(name)' is missing", hint: "the columns are \(LiveRangeTable.columns.joined(separator: ", "))")
          }
          return place
        }
        continue
      }
      guard let last = places.max(), last < fields.count else { throw mistake("\(fields.count) fields are too few") }
      let name = fields[places[0]]
      guard seen.insert(name).inserted else { throw mistake("the buffer '\(name)' comes twice") }
      let numbers = try (1...3).map { column in
        let field = fields[places[column]]
        guard let number = Int(field), number >= 0 else {
          throw mistake("the \(LiveRangeTable.columns[column]) '\(field)' is not a whole number from 0")
        }
        return number
      }
      guard numbers[0] < numbers[1] else { throw mistake("the range from \(numbers[0]) to \(numbers[1]) is empty", hint: "upper is exclusive") }
      guard numbers[2] >= 1 else { throw mistake("the buffer '\(name)' has no bytes") }
      guard numbers[2] <= LiveRangeTable.byteLimit - sum else { throw mistake("the buffers are too large together") }
      sum += numbers[2]
      ranges.append(LiveRange(BufferID(index: names.count), size: numbers[2], steps: numbers[0]..<numbers[1]))
      names.append(name)
    }
    guard !ranges.isEmpty else { throw Diagnostic("'\(source)' holds no buffers", hint: "give it a line for each, after the titles") }
    self.names = names
    self.ranges = ranges
  }

  /// Returns the CSV text with the offsets of `plan`.
  ///
  /// - Requires: the plan has a place for every buffer.
  package func csv(with plan: MemoryPlan) -> String {
    var text = "id,lower,upper,size,offset\n"
    for (name, range) in zip(names, ranges) {
      guard let offset = plan.offsets[range.id] else { preconditionFailure("buffer \(range.id) has no place") }
      text += "\(name),\(range.steps.lowerBound),\(range.steps.upperBound),\(range.size),\(offset)\n"
    }
    return text
  }
}

extension Substring {
  /// The text without the white space around it.
  fileprivate var trimmed: Substring {
    let start = drop(while: \.isWhitespace)
    return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
  }
}
