import Foundation

/// Columns of text for people, under a line of titles.
struct TextTable {
  private var rows: [[String]]
  /// The number of columns, from the first, that begin at one place; the others end at one.
  private let leftAligned: Int

  init(_ titles: [String], leftAligned: Int) {
    rows = [titles]
    self.leftAligned = leftAligned
  }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == rows[0].count, "a row of \(cells.count) cells in a table of \(rows[0].count) columns")
    rows.append(cells)
  }

  /// The lines, each indented by two spaces.
  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < leftAligned ? cell + space : space + cell
      }
      let line = "  " + cells.joined(separator: "  ")
      return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
    }.joined(separator: "\n")
  }
}

extension Double {
  /// The number with `digits` digits after the point.
  func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

extension Double {
  /// The number as a power of ten, with `digits` digits after the point.
  func scientific(_ digits: Int) -> String { String(format: "%.\(digits)e", self) }
}
