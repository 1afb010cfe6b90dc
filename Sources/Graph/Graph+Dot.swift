import Support
import Tensors

extension Graph {
  /// The graph in Graphviz's language: a box for each operation, an arrow for each use, and around the operations that one line of the model made, a frame.
  package func dot() -> String {
    var lines = ["digraph \(Graph.quoted(name)) {", "  node [shape=box, fontname=\"Helvetica\"];", "  edge [fontname=\"Helvetica\", fontsize=10];"]
    var frames: [SourcePosition: [NodeID]] = [:]
    var order: [SourcePosition] = []
    for id in nodeIDs {
      guard let position = self[id].position else {
        lines.append("  " + box(of: id))
        continue
      }
      if frames.updateValue((frames[position] ?? []) + [id], forKey: position) == nil { order.append(position) }
    }
    for (number, position) in order.enumerated() {
      let boxes = (frames[position] ?? []).map { "    " + box(of: $0) }
      lines += ["  subgraph cluster_\(number) {", "    label=\(Graph.quoted(position.description));"] + boxes + ["  }"]
    }
    for id in nodeIDs {
      for operand in self[id].operands {
        lines.append("  n\(operand.node.index) -> n\(id.index) [label=\(Graph.quoted(type(of: operand).description))];")
      }
    }
    for (number, output) in outputs.enumerated() {
      lines.append("  o\(number) [shape=ellipse, label=\(Graph.quoted(output.name))];")
      lines.append("  n\(output.value.node.index) -> o\(number) [label=\(Graph.quoted(type(of: output.value).description))];")
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  /// The statement that draws node `id`: its mnemonic, and its name or attributes on a second line.
  private func box(of id: NodeID) -> String {
    let node = self[id]
    let attributes = AttributeText.text(of: node.operation)
    let label = attributes.isEmpty ? node.mnemonic : node.mnemonic + "\n" + attributes
    return "n\(id.index) [label=\(Graph.quoted(label))];"
  }

  /// `text` as a quoted string of that language, in which a backslash starts an escape of the label's own.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for character in text {
      switch character {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.append(character)
      }
    }
    return quoted + "\""
  }
}
