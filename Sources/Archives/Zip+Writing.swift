internal import CArchive
import Support

/// One file for `writeZip` to put into a zip.
package struct ZipEntry: Sendable {
  /// The path inside of the zip: ASCII, parts joined by `/`.
  package var name: String
  /// The content.
  package var bytes: [UInt8]
  /// Whether the content is deflated, or stored as it is.
  package var isCompressed: Bool

  /// Creates the entry.
  package init(name: String, bytes: [UInt8], isCompressed: Bool = true) {
    self.name = name
    self.bytes = bytes
    self.isCompressed = isCompressed
  }
}

/// Returns a zip of `entries`, in their order.
///
/// - Requires: at least one entry, as libarchive knows no empty zip; names are plain ASCII paths, each there once.
/// - Ensures: the same entries give the same bytes: no time, owner or time zone is in them.
package func writeZip(_ entries: [ZipEntry]) throws(Diagnostic) -> [UInt8] {
  precondition(!entries.isEmpty, "a zip holds something")
  precondition(Set(entries.map(\.name)).count == entries.count, "a zip's names are each there once")
  precondition(entries.allSatisfy { isPlain($0.name) && $0.name.utf8.allSatisfy { $0 < 0x80 } }, "a zip's names are plain ASCII paths")
  let output = ZipOutput()
  guard let archive = archive_write_new(), let header = archive_entry_new() else { preconditionFailure("libarchive has no memory") }
  defer {
    archive_entry_free(header)
    archive_write_free(archive)
  }

  var status = archive_write_set_format_zip(archive)
  // Text shrinks to a tenth at the first level already, and takes several times as long at the usual one.
  status = min(status, archive_write_set_format_option(archive, "zip", "compression-level", "1"))
  archive_write_set_bytes_in_last_block(archive, 1)
  let client = Unmanaged.passUnretained(output).toOpaque()
  status = min(status, archive_write_open(archive, client, nil, ZipOutput.receive, nil))
  for entry in entries {
    // No time is set: libarchive then writes the format's first day, whereas a real one depends on the time zone.
    archive_entry_clear(header)
    archive_entry_set_pathname(header, entry.name)
    archive_entry_set_filetype(header, 0o100000)
    archive_entry_set_perm(header, 0o644)
    archive_entry_set_size(header, Int64(entry.bytes.count))
    status = min(status, entry.isCompressed ? archive_write_zip_set_compression_deflate(archive) : archive_write_zip_set_compression_store(archive))
    status = min(status, archive_write_header(archive, header))
    let written = entry.bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
    if written != entry.bytes.count { status = ARCHIVE_FATAL }
  }
  status = min(status, archive_write_close(archive))
  guard status == ARCHIVE_OK else {
    throw Diagnostic("cannot write the zip: \(archive_error_string(archive).map { String(cString: $0) } ?? "libarchive failed")")
  }
  return withExtendedLifetime(output) { output.bytes }
}

/// The memory that libarchive writes a zip into.
private final class ZipOutput {
  var bytes: [UInt8] = []

  /// Takes what libarchive has ready; `receiver` is the `ZipOutput` that it was opened with.
  static let receive: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Int = { _, receiver, buffer, count in
    guard let receiver else { return -1 }
    Unmanaged<ZipOutput>.fromOpaque(receiver).takeUnretainedValue().bytes += UnsafeRawBufferPointer(start: buffer, count: count)
    return count
  }
}
