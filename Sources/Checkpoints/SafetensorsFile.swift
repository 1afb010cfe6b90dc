import Foundation
import Support
import Tensors

/// The tensors of a safetensors file, checked when it is opened and read when they are asked for.
///
/// - Source: huggingface/safetensors, 'Format'.
package struct SafetensorsFile: Sendable {
  /// What the header says of one tensor.
  package struct Entry: Sendable {
    /// The type of the elements.
    package let type: StoredType
    /// The extents, outermost first; none for a scalar.
    package let shape: [Int]
    /// Where its bytes are, from the end of the header.
    package let range: Range<Int>
  }

  /// The header's free text.
  package let metadata: [String: String]
  /// The tensors' names, sorted.
  package let names: [String]
  private let entries: [String: Entry]
  private let contents: Data
  private let source: String

  /// Opens the file at `path`.
  ///
  /// - Errors: the file can't be read, is cut off, or its header contradicts itself or the file's length.
  package init(path: String) throws { try self.init(decoding: try readFile(path), source: path) }

  /// Reads the file whose bytes are `file`; errors call it `source`.
  package init(decoding file: Data, source: String) throws {
    do {
      (metadata, entries, contents) = try SafetensorsFile.parse(file)
    } catch let error as Diagnostic {
      throw Diagnostic("'\(source)' is not a safetensors file: \(error.message)", hint: "is the download complete?")
    }
    names = entries.keys.sorted()
    self.source = source
  }

  /// Returns what the header says of the tensor `name`.
  ///
  /// - Errors: there is no such tensor.
  package func entry(named name: String) throws -> Entry {
    if let entry = entries[name] { return entry }
    throw Diagnostic("'\(source)' has no tensor '\(name)'", hint: nearest(to: name, in: names).map { "did you mean '\($0)'?" })
  }

  /// Whether there is a tensor `name`.
  package func contains(_ name: String) -> Bool { entries[name] != nil }
  /// The type of the elements of `name`.
  package func type(of name: String) throws -> StoredType { try entry(named: name).type }
  /// The shape of `name`.
  package func shape(of name: String) throws -> [Int] { try entry(named: name).shape }

  /// The bytes of `name` as they are in the file.
  package func bytes(named name: String) throws -> Data { bytes(of: try entry(named: name)) }

  /// The elements of `name`, row-major, whatever their type.
  ///
  /// - Numerics: F64, I64 and I32 are rounded to the nearest.
  package func floats(named name: String) throws -> [Float] {
    let entry = try entry(named: name)
    return entry.type.numbers(bytes(of: entry))
  }

  /// The elements of `name`, which are whole numbers or truth values.
  package func integers(named name: String) throws -> [Int] {
    let entry = try entry(named: name)
    if let integers = entry.type.integers(bytes(of: entry)) { return integers }
    throw Diagnostic("the tensor '\(name)' of '\(source)' holds \(entry.type.rawValue), not whole numbers")
  }

  /// The tensor `name` as the evaluator holds it.
  package func tensor(named name: String) throws -> Tensor {
    let entry = try entry(named: name)
    return Tensor(entry.shape, entry.type.numbers(bytes(of: entry)))
  }

  /// The bytes that `entry` says.
  private func bytes(of entry: Entry) -> Data {
    contents[(contents.startIndex + entry.range.lowerBound)..<(contents.startIndex + entry.range.upperBound)]
  }
}
