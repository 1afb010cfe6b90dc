import Support
import Tensors

extension TensorType: Codable {
  /// Reads the type from its text, `f32[2, 3]`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    var parser = GraphParser(lexer: Lexer(text, file: "type"), operations: OperationNames([]))
    do {
      self = try parser.tensorType()
    } catch let problem as Diagnostic {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: problem.message)
    }
  }

  /// Writes the type's text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
