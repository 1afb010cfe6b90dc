import Graph

extension Catalogue {
  /// The text of `spec/operations.md`: a section for each operation, from its documentation, and its examples in the textual IR.
  package static func specification() throws -> String {
    let opening = """
      # Operations

      Every operation of the textual IR, made from the documentation in its source file (`tools/generate-spec` writes this page; a test fails when it is stale).
      Shapes are written `element type[extents]`; `…` stands for any extents. Numbers are in the units of their operands unless a section says otherwise.

      """
    return try opening + operations.map { try section($0) }.joined()
  }

  private static func section(_ operation: any Operation.Type) throws -> String {
    let documentation = operation.documentation
    var text = "\n## \(operation.mnemonic)\n\n\(documentation.summary)\n\n- Shapes: \(documentation.shapes)\n"
    if !documentation.details.isEmpty { text += "- Details: \(documentation.details)\n" }
    if !documentation.source.isEmpty { text += "- Source: \(documentation.source)\n" }
    let lines = try operation.examples.map { try line($0) }
    if !lines.isEmpty { text += "\n```\n\(lines.joined(separator: "\n"))\n```\n" }
    return text
  }

  /// The line of the textual IR that `example` is, on operands called `%a`, `%b` and so on.
  private static func line(_ example: OperationExample) throws -> String {
    var graph = Graph(name: "example")
    let names = example.operands.indices.map { String(Unicode.Scalar(UInt8(ascii: "a") + UInt8($0 % 26))) + ($0 < 26 ? "" : "\($0 / 26)") }
    let operands = try zip(names, example.operands).map { try graph.one(Input(name: $0, type: $1)) }
    try graph.append(example.operation, operands)
    let lines = graph.text().split(separator: "\n")
    return lines[1].drop { $0 == " " } + (names.isEmpty ? "" : "  // \(zip(names, example.operands).map { "%\($0): \($1)" }.joined(separator: ", "))")
  }
}
