import Foundation
import Support

/// An array in a `.npy` file, version 1.0, C order, little-endian.
///
/// - Source: NumPy, 'NEP 1: A simple file format for NumPy arrays'.
package struct NumpyArray: Equatable, Sendable {
  /// The elements, row-major, by their type.
  package enum Elements: Equatable, Sendable {
    /// `<f4`.
    case floats([Float])
    /// `<i4`.
    case integers([Int32])
  }

  /// The extents, outermost first.
  package let shape: [Int]
  /// The elements.
  package let elements: Elements

  /// Creates the array of `shape` holding `elements`.
  ///
  /// - Requires: there are as many elements as the shape says.
  package init(_ shape: [Int], _ elements: Elements) {
    precondition(elementCount(of: shape) == elements.count, "\(elements.count) elements for the shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// Writes the file to `path`, whole or not at all.
  package func write(to path: String) throws { try writeAtomically(encoded(), to: path) }

  /// The bytes of the file.
  package func encoded() -> Data {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(elements.spelling)', 'fortran_order': False, 'shape': (\(extents)), }"
    // The format wants the elements to start at a multiple of 64, and a line end before them.
    let prefix = NumpyArray.signature.count + 2
    header += String(repeating: " ", count: -(prefix + header.utf8.count + 1) & 63) + "\n"
    let length = header.utf8.count
    precondition(length <= UInt16.max, "a shape of \(shape.count) dimensions")
    var file = Data(NumpyArray.signature + [UInt8(length & 0xff), UInt8(length >> 8)])
    file.append(Data(header.utf8))
    file.append(elements.bytes)
    return file
  }

  /// What every file of version 1.0 starts with.
  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
}

extension NumpyArray.Elements {
  /// How many there are.
  var count: Int {
    switch self {
    case .floats(let floats): floats.count
    case .integers(let integers): integers.count
    }
  }

  /// The type, as the header spells it.
  var spelling: String {
    switch self {
    case .floats: "<f4"
    case .integers: "<i4"
    }
  }

  /// The elements in memory.
  var bytes: Data {
    switch self {
    case .floats(let floats): Checkpoints.bytes(of: floats)
    case .integers(let integers): Checkpoints.bytes(of: integers)
    }
  }
}
