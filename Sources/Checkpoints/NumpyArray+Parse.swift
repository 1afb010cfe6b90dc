import Foundation
import Support

extension NumpyArray {
  /// Reads the file at `path`.
  ///
  /// - Errors: it can't be read, is cut off, or holds another type or order than f32 or i32 in C order.
  package init(path: String) throws { try self.init(decoding: try readFile(path), source: path) }

  /// Reads the file whose bytes are `file`; errors call it `source`.
  package init(decoding file: Data, source: String) throws {
    func mistake(_ what: String) -> Diagnostic { Diagnostic("'\(source)' is not a .npy file that can be read: \(what)") }
    let start = NumpyArray.signature.count + 2
    guard file.count >= start, file.prefix(NumpyArray.signature.count).elementsEqual(NumpyArray.signature) else {
      throw mistake("it does not start as version 1.0 does")
    }
    let length = file.dropFirst(NumpyArray.signature.count).prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard file.count >= start + length else { throw mistake("it ends inside its header") }
    let header = String(decoding: file.dropFirst(start).prefix(length), as: UTF8.self)
    let body = file.dropFirst(start + length)

    // The header is a Python dictionary literal of three known keys.
    guard let match = header.wholeMatch(of: NumpyArray.headerPattern) else { throw mistake("its header is '\(header.prefix(80))'") }
    guard match.order == "False" else { throw mistake("it is in Fortran order") }
    let extents = match.shape.split(separator: ",").map { $0.filter { $0 != " " } }
    let shape = extents.compactMap { Int($0) }
    guard shape.count == extents.filter({ !$0.isEmpty }).count, let count = elementCount(of: shape), count <= body.count, count * 4 == body.count
    else {
      throw mistake("the shape (\(match.shape)) does not agree with \(body.count) bytes of elements")
    }
    switch match.type {
    case "<f4": self.init(shape, .floats(Checkpoints.elements(of: body) { (x: Float) in x }))
    case "<i4": self.init(shape, .integers(Checkpoints.elements(of: body) { (x: Int32) in x }))
    default: throw mistake("its elements are '\(match.type)', and only '<f4' and '<i4' are read")
    }
  }

  /// The header as NumPy writes it: keys in alphabetical order.
  private static var headerPattern: Regex<(Substring, type: Substring, order: Substring, shape: Substring)> {
    /\{'descr': '(?<type>[^']*)', 'fortran_order': (?<order>True|False), 'shape': \((?<shape>[0-9, ]*)\), *\} *\n?/
  }
}
