internal import CArchive
import Support

/// The owner of one libarchive reader ([manual](https://www.libarchive.org)).
final class ArchiveHandle {
  let reference: OpaquePointer
  /// The file's name, as its user knows it.
  let file: String
  /// Where an entry's bytes are read to, a part at a time.
  private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)

  /// What a reader takes apart.
  enum Format {
    /// A tar, plain or compressed, or a zip.
    case any
    /// A zip with its directory at the end, without which a truncated one would pass for a shorter one.
    case zip
  }

  /// Creates a reader of `format` with nothing opened.
  init(_ format: Format, file: String) {
    guard let created = archive_read_new() else { preconditionFailure("libarchive has no memory") }
    reference = created
    self.file = file
    archive_read_support_format_zip_seekable(created)
    guard format == .any else { return }
    archive_read_support_format_tar(created)
    archive_read_support_filter_gzip(created)
    archive_read_support_filter_bzip2(created)
    archive_read_support_filter_xz(created)
    archive_read_support_filter_zstd(created)
  }

  deinit {
    archive_read_free(reference)
    chunk.deallocate()
  }

  /// Throws unless `status` says that all went well, or well enough: a warning concerns a detail such as an owner's name.
  func check(_ status: Int32) throws(Diagnostic) {
    if status < ARCHIVE_WARN { throw failure() }
  }

  /// Returns the next entry, or `nil` after the last one.
  func next() throws(Diagnostic) -> ArchiveEntry? {
    var header: OpaquePointer?
    var status = ARCHIVE_RETRY
    while status == ARCHIVE_RETRY { status = archive_read_next_header(reference, &header) }
    if status == ARCHIVE_EOF { return nil }
    try check(status)
    guard let header, let name = archive_entry_pathname_utf8(header) ?? archive_entry_pathname(header) else {
      throw Diagnostic("'\(file)' has an entry without a readable name")
    }
    let kind: ArchiveEntry.Kind =
      switch archive_entry_filetype(header) {
      case 0o100000: .file
      case 0o040000: .folder
      default: .other
      }
    let size = archive_entry_size_is_set(header) != 0 ? Int(archive_entry_size(header)) : 0
    return ArchiveEntry(name: String(cString: name), kind: kind, size: size, archive: self)
  }

  /// Returns the bytes of the entry that was last returned by `next`.
  ///
  /// - Parameter size: how many there may be: room for them is made at once, unless they are many and the file may lie.
  /// - Errors: they are more than `limit`, or damaged.
  func readEntry(_ name: String, size: Int, limit: Int) throws(Diagnostic) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(max(0, size), limit, 1 << 24))
    while true {
      let count = archive_read_data(reference, chunk.baseAddress, chunk.count)
      if count == Int(ARCHIVE_RETRY) { continue }
      guard count >= 0 else { throw failure(in: name) }
      if count == 0 { return bytes }
      guard count <= limit - bytes.count else { throw Diagnostic("'\(name)' in '\(file)' holds more than \(limit) bytes") }
      bytes += chunk[..<count]
    }
  }

  /// Returns the report of what went wrong last, in the file or in its `entry`.
  private func failure(in entry: String? = nil) -> Diagnostic {
    let place = entry.map { "'\($0)' in '\(file)'" } ?? "'\(file)'"
    let reason = archive_error_string(reference).map { String(cString: $0) } ?? "it is damaged"
    return Diagnostic("cannot read \(place): \(reason)", hint: "is the file whole? fetch or make it again")
  }
}
