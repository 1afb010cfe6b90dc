import Graph
import Support
import Tensors

/// A tensor of the model under construction: its shape is known, its elements will be computed in the step.
public struct Value {
  let builder: Builder
  package let id: ValueID
  /// The type of the elements and the shape.
  package let type: TensorType

  /// The value `id` of the graph that `builder` holds.
  init(builder: Builder, id: ValueID) {
    self.builder = builder
    self.id = id
    self.type = builder.graph.type(of: id)
  }

  /// The extents, outermost first.
  public var shape: [Int] { type.shape }
  /// The number of dimensions.
  public var rank: Int { type.rank }

  /// Where the model's source made it.
  var position: SourcePosition? { builder.graph[id.node].position }
}

extension Value: CustomStringConvertible {
  /// The type of the elements and the shape.
  public var description: String { type.description }
}

extension SourcePosition {
  /// The place that `#fileID`, `#line` and `#column` name, under the file's own name.
  init(_ file: String, _ line: Int, _ column: Int) {
    self.init(file: String(file[(file.lastIndex(of: "/").map(file.index(after:)) ?? file.startIndex)...]), line: line, column: column)
  }
}
