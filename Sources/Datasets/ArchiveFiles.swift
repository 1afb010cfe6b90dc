import Archives
import Support

/// Calls `body` with each folder in `archive` and each file there that can be part of a data set, in the archive's order.
///
/// - Errors: the archive is missing, damaged or cut short, or holds a file that is too large.
func forEachFile(inArchive archive: String, _ body: (DataFile) throws -> Void) throws {
  try forEachEntry(in: archive) { entry in
    guard let path = DataFile.names(of: entry.name) else { return }
    switch entry.kind {
    case .folder: try body(DataFile(path: path, content: .folder))
    case .file where DataFile.isWanted(path): try body(DataFile(path: path, content: .bytes(try entry.read(limit: DataFile.maximumBytes))))
    case .file, .other: break
    }
  }
}
