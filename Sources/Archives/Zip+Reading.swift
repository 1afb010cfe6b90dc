internal import CArchive
import Support

/// How much a zip may hold before it is refused; a small file can expand to any size.
package struct ZipLimits: Sendable {
  /// The number of entries.
  package var entries: Int
  /// The sum of all entries' bytes.
  package var bytes: Int

  /// Creates the limits.
  package init(entries: Int = 1024, bytes: Int = 1 << 30) {
    self.entries = entries
    self.bytes = bytes
  }
}

/// Returns the files in the zip `bytes` by their names.
///
/// - Parameters:
///   - file: the name that errors call the zip by.
///   - unread: names of files whose bytes are passed over; they are not in the result.
/// - Errors: bytes that are no whole zip; a name twice, or one that leads out of the archive; an entry whose checksum is wrong; more than `limits`.
package func readZip(
  _ bytes: [UInt8], file: String, passingOver unread: Set<String> = [], limits: ZipLimits = ZipLimits()
) throws -> [String: [UInt8]] {
  try bytes.withUnsafeBytes { memory in
    let archive = ArchiveHandle(.zip, file: file)
    try archive.check(archive_read_open_memory(archive.reference, memory.baseAddress, memory.count))
    return try readAll(from: archive, passingOver: unread, limits: limits)
  }
}

/// Returns the files that `archive` has left, by their names, without those that are `unread`.
private func readAll(from archive: ArchiveHandle, passingOver unread: Set<String>, limits: ZipLimits) throws(Diagnostic) -> [String: [UInt8]] {
  var files: [String: [UInt8]] = [:]
  var room = limits.bytes
  while let entry = try archive.next() {
    let name = entry.name
    guard entry.kind == .file, isPlain(name) else {
      throw Diagnostic("'\(archive.file)' has an entry '\(name)' that is no plain file inside of it")
    }
    guard files.count < limits.entries else { throw Diagnostic("'\(archive.file)' has more than \(limits.entries) entries") }
    if unread.contains(name) { continue }
    let content = try entry.read(limit: room)
    room -= content.count
    guard files.updateValue(content, forKey: name) == nil else { throw Diagnostic("'\(archive.file)' has two entries '\(name)'") }
  }
  return files
}

/// Whether `name` is a path below the archive's root, each part of which is a name.
func isPlain(_ name: String) -> Bool {
  name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
}
