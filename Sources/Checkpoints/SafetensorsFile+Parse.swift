import Foundation
import Support

extension SafetensorsFile {
  /// The longest header that is read, as in the format's own reader.
  static let headerLimit = 100_000_000

  /// The name under which the header holds its free text.
  static let metadataName = "__metadata__"

  /// Takes `file` apart into its free text, its tensors, and the bytes they are in.
  ///
  /// - Ensures: each tensor's range is inside the bytes and as long as its type and shape say.
  static func parse(_ file: Data) throws -> (metadata: [String: String], entries: [String: Entry], contents: Data) {
    guard file.count >= 8 else { throw Diagnostic("it has \(file.count) bytes, too few for the header's length") }
    let length = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= headerLimit, length <= file.count - 8 else {
      throw Diagnostic("it announces a header of \(length) bytes, and \(file.count - 8) follow")
    }
    let header = file.dropFirst(8).prefix(Int(length))
    let contents = file.dropFirst(8 + Int(length))
    var scanner = HeaderScanner(header)
    var metadata = [String: String]()
    var entries = [String: Entry]()
    try scanner.object { scanner, name in
      if name == metadataName {
        try scanner.object { scanner, key in metadata[key] = try scanner.string() }
      } else {
        entries[name] = try entry(called: name, from: &scanner)
      }
    }
    guard scanner.isAtEnd() else { throw scanner.mistake("something follows the closing '}'") }
    try checkRanges(of: entries, in: contents.count)
    return (metadata, entries, contents)
  }

  /// Takes what the header says of the tensor `name`.
  private static func entry(called name: String, from scanner: inout HeaderScanner) throws -> Entry {
    var type: StoredType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { scanner, key in
      switch key {
      case "dtype":
        let spelling = try scanner.string()
        type = StoredType(rawValue: spelling)
        if type == nil {
          let known = StoredType.allCases.map(\.rawValue).joined(separator: ", ")
          throw Diagnostic("the tensor '\(name)' holds \(spelling), and only \(known) are read")
        }
      case "shape": shape = try scanner.integers()
      case "data_offsets": offsets = try scanner.integers()
      default: throw scanner.mistake("the tensor '\(name)' has an unknown property '\(key)'")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw Diagnostic("the tensor '\(name)' needs a dtype, a shape and two data_offsets in order")
    }
    guard let count = elementCount(of: shape), !count.multipliedReportingOverflow(by: type.size).overflow else {
      throw Diagnostic("the tensor '\(name)' of shape \(shape) is too large")
    }
    guard count * type.size == offsets[1] - offsets[0] else {
      let bytes = offsets[1] - offsets[0]
      throw Diagnostic("the tensor '\(name)', \(type.rawValue)\(shape), takes \(count * type.size) bytes, and its offsets span \(bytes)")
    }
    return Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Checks that the tensors follow each other without gap or overlap and fill `count` bytes.
  private static func checkRanges(of entries: [String: Entry], in count: Int) throws {
    func isBefore(_ a: Range<Int>, _ b: Range<Int>) -> Bool { (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound) }
    var end = 0
    for (name, entry) in entries.sorted(by: { isBefore($0.value.range, $1.value.range) }) {
      guard entry.range.lowerBound == end else {
        throw Diagnostic("the tensor '\(name)' starts at byte \(entry.range.lowerBound), and the one before it ends at \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == count else { throw Diagnostic("its tensors take \(end) bytes, and \(count) follow the header") }
  }
}
