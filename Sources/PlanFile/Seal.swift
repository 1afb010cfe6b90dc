import Hashing
import Support

/// The comment at the end of a plan's zip: the SHA-256 of all that comes before it.
///
/// The members' own hashes name what was altered; the seal also covers the bytes between them, and tells at once where a file ends too early.
enum Seal {
  /// The words before the digest; `unzip -z` shows them.
  private static let title = "vergence plan, SHA-256 "
  /// The bytes of the comment.
  private static let length = title.utf8.count + 64
  /// The bytes of a zip's last record when it has no comment, which the record's last two bytes say the length of.
  private static let endRecordSize = 22
  private static let endRecordSignature: [UInt8] = [0x50, 0x4b, 5, 6]

  /// Returns `zip`, which has no comment, with its seal.
  static func close(_ zip: [UInt8]) throws -> [UInt8] {
    precondition(zip.count >= endRecordSize && zip.suffix(2) == [0, 0], "the zip already has a comment")
    var sealed = zip
    sealed[sealed.count - 2] = UInt8(length)
    return sealed + Array((title + SHA256.hexadecimal(of: sealed)).utf8)
  }

  /// What the end of a file says about the whole of it.
  enum Finding: Hashable {
    /// All bytes are as they were written.
    case intact
    /// The file ends before a plan's end.
    case truncated
    /// So many bytes follow the plan's end.
    case followed(by: Int)
    /// The file ends as a plan does, and some byte of it was altered; or it ends as any zip does, and has no seal.
    case altered
  }

  /// Examines the end of `file`.
  static func examine(_ file: [UInt8]) -> Finding {
    let end = file.count - length
    guard end >= endRecordSize else { return .truncated }
    let comment = file[end...]
    if comment.elementsEqual((title + SHA256.hexadecimal(of: file[..<end])).utf8) { return .intact }
    // Other programs write a zip without a comment.
    if file.suffix(endRecordSize).starts(with: endRecordSignature), file.suffix(2) == [0, 0] { return .altered }
    let record = end - endRecordSize
    if file[record..<record + 4].elementsEqual(endRecordSignature) || comment.starts(with: title.utf8) { return .altered }
    return Self.end(in: file).map { .followed(by: file.count - $0) } ?? .truncated
  }

  /// Where the last seal in `file` ends, if there is one behind a zip's last record.
  private static func end(in file: [UInt8]) -> Int? {
    let first = Array(title.utf8)
    for begin in stride(from: file.count - length, through: endRecordSize, by: -1) where file[begin] == first[0] {
      let record = begin - endRecordSize
      if file[begin...].starts(with: first), file[record..<record + 4].elementsEqual(endRecordSignature) { return begin + length }
    }
    return nil
  }
}
