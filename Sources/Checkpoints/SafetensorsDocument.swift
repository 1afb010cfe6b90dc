import Foundation
import Support

/// Tensors on their way into a safetensors file.
///
/// Equal documents become equal bytes, whatever order they were filled in.
package struct SafetensorsDocument: Sendable {
  /// One tensor.
  private struct Item {
    let type: StoredType
    let shape: [Int]
    let bytes: Data
  }

  /// The header's free text.
  package var metadata: [String: String]
  private var items: [String: Item] = [:]

  /// Creates a document without tensors.
  package init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds the tensor `name` with the elements `bytes`.
  ///
  /// - Requires: the name is new and isn't the metadata's; there are as many bytes as the type and shape say.
  package mutating func add(_ name: String, _ type: StoredType, shape: [Int], bytes: Data) {
    precondition(items[name] == nil && name != SafetensorsFile.metadataName, "the tensor '\(name)' is added twice or has the metadata's name")
    precondition(elementCount(of: shape).map { $0 * type.size } == bytes.count, "\(bytes.count) bytes for \(type.rawValue)\(shape)")
    items[name] = Item(type: type, shape: shape, bytes: bytes)
  }

  /// Adds the f32 tensor `name`.
  package mutating func add(_ name: String, shape: [Int], floats: [Float]) {
    add(name, .f32, shape: shape, bytes: Checkpoints.bytes(of: floats))
  }

  /// Adds the i32 tensor `name`.
  package mutating func add(_ name: String, shape: [Int], integers: [Int32]) {
    add(name, .i32, shape: shape, bytes: Checkpoints.bytes(of: integers))
  }

  /// Writes the file to `path`, whole or not at all.
  package func write(to path: String) throws { try writeAtomically(try encoded(), to: path) }

  /// The bytes of the file.
  package func encoded() throws -> Data {
    // Wide elements first, so that every tensor is aligned to its own element's size.
    let ordered = items.sorted { (-$0.value.type.size, $0.key) < (-$1.value.type.size, $1.key) }
    var members = [String]()
    if !metadata.isEmpty {
      let pairs = try metadata.sorted { $0.key < $1.key }.map { "\(try quoted($0.key)):\(try quoted($0.value))" }
      members.append("\(try quoted(SafetensorsFile.metadataName)):{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, item) in ordered {
      let shape = item.shape.map(String.init).joined(separator: ",")
      let end = offset + item.bytes.count
      members.append("\(try quoted(name)):{\"dtype\":\"\(item.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Data("{\(members.joined(separator: ","))}".utf8)
    header.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: -header.count & 7))
    var file = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    file.reserveCapacity(8 + header.count + offset)
    file.append(header)
    for (_, item) in ordered { file.append(item.bytes) }
    return file
  }

  /// The text as a JSON string.
  private func quoted(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }
}
