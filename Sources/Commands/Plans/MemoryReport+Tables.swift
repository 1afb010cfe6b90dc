import Compiler

extension MemoryReport {
  /// The most rows of a table.
  private static let mostRows = 12

  /// The bytes that are made again.
  var recomputedBytes: Int { recomputed.reduce(0) { $0 + $1.bytes } }

  /// What is made again, and what is live at the largest moment.
  var tables: String {
    var text = ""
    if !recomputed.isEmpty {
      var table = TextTable(["made again", "calls", "MB"], leftAligned: 1)
      for row in recomputed.prefix(Self.mostRows) { table.add([row.label, "\(row.invocations)", (Double(row.bytes) / 1e6).text(2)]) }
      text += "\n" + table.text + Self.rest(recomputed.count)
    }
    if !peakBuffers.isEmpty {
      var table = TextTable(["live at the largest moment", "type", "MB"], leftAligned: 2)
      for buffer in peakBuffers.prefix(Self.mostRows) { table.add([buffer.label, buffer.type, (Double(buffer.bytes) / 1e6).text(2)]) }
      text += "\nthe largest moment is invocation \(peakInvocation), '\(peakLabel)':\n" + table.text + Self.rest(peakBuffers.count)
    }
    return text
  }

  private static func rest(_ count: Int) -> String { count > mostRows ? "\n  and \(count - mostRows) more" : "" }
}
