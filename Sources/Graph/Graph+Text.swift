import Support
import Tensors

extension Graph {
  /// The graph in the textual IR; `Graph(parsing:)` reads it back.
  ///
  /// Values are numbered in order, inputs go by their names. With `positions`, each line ends in the place of the model that made it.
  package func text(positions: Bool = false) -> String {
    var names: [ValueID: String] = [:]
    var inputs: [String] = []
    var lines: [String] = []
    var number = 0
    for id in nodeIDs {
      let node = nodes[id.index]
      guard case .record(var attributes) = AttributeText.tree(of: node.operation) else { preconditionFailure("attributes are a record") }
      let name = attributes.removeValue(forKey: "name")
      attributes.removeValue(forKey: "type")
      if node.mnemonic == Graph.inputMnemonic, case .string(let input)? = name {
        names[ValueID(node: id)] = "%" + AttributeText.name(input)
        inputs.append("%\(AttributeText.name(input)): \(node.results[0])")
        continue
      }
      let results = results(of: id).map { value in
        names[value] = "%\(number)"
        number += 1
        return "%\(number - 1)"
      }
      var line = results.isEmpty ? "" : results.joined(separator: ", ") + " = "
      line += node.mnemonic
      if case .string(let string)? = name { line += " " + AttributeText.quoted(string) }
      if !node.operands.isEmpty { line += " " + node.operands.map { names[$0] ?? "?" }.joined(separator: ", ") }
      if !attributes.isEmpty { line += " " + AttributeText.text(.record(attributes)) }
      if !node.results.isEmpty { line += " : " + node.results.map(\.description).joined(separator: ", ") }
      if positions, let position = node.position { line += " at \(AttributeText.quoted(position.file)):\(position.line):\(position.column)" }
      lines.append(line)
    }
    if !outputs.isEmpty {
      lines.append("return " + outputs.map { "\(AttributeText.name($0.name)) = \(names[$0.value] ?? "?")" }.joined(separator: ", "))
    }
    return "graph @\(AttributeText.name(name))(\(inputs.joined(separator: ", "))) {\n" + lines.map { "  \($0)\n" }.joined() + "}\n"
  }

  /// The operation that inputs are; it is written in the graph's first line.
  static var inputMnemonic: String { "input" }
}

extension AttributeText {
  /// `name` as it stands after `%`, `@` or before `=`: bare where it is made of letters, digits, `_` and `.`, else quoted.
  static func name(_ name: String) -> String {
    let isBare = !name.isEmpty && name.utf8.allSatisfy { Lexer.isNameByte($0) }
    return isBare ? name : quoted(name)
  }
}
