internal import CArchive
import Support

/// Calls `body` with each entry of the tar (plain or compressed) or zip at `path`, in the archive's order.
///
/// Nothing is kept in memory but what an entry's `read` returns; what `body` doesn't read is skipped.
///
/// - Errors: the file is missing, no archive, or damaged; and what `body` throws, which ends the reading.
package func forEachEntry(in path: String, _ body: (borrowing ArchiveEntry) throws -> Void) throws {
  let archive = ArchiveHandle(.any, file: path)
  try archive.check(archive_read_open_filename(archive.reference, path, 1 << 16))
  while let entry = try archive.next() { try body(entry) }
}
