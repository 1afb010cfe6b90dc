import Support

/// One entry of an archive that is being read, valid inside of the call that hands it out.
package struct ArchiveEntry: ~Copyable {
  /// The kinds of entries that a reader tells apart.
  package enum Kind: Sendable {
    case file, folder, other
  }

  /// The path inside of the archive.
  package let name: String
  /// What the entry is.
  package let kind: Kind
  /// How many bytes it says it has; 0 where it doesn't say.
  let size: Int
  let archive: ArchiveHandle

  /// Returns the entry's bytes; a second call finds none left.
  ///
  /// - Errors: there are more than `limit`, or they are damaged: the diagnostic names the file and the entry.
  package borrowing func read(limit: Int = 1 << 30) throws(Diagnostic) -> [UInt8] {
    try archive.readEntry(name, size: size, limit: limit)
  }
}
