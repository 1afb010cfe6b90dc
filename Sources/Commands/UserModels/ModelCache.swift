import Foundation
import Support

/// Compiled models by all that went into them, so that a model is compiled once.
package struct ModelCache: Sendable {
  /// Where they are kept; `nil` for nowhere.
  let folder: String?

  /// Keeps models under `folder`, which is made when it is needed.
  package init(folder: String?) { self.folder = folder }

  /// The folder `models` of the user's cache, if there is one.
  ///
  /// - Errors: see `userCache`.
  package static var `default`: ModelCache {
    get throws { ModelCache(folder: try userCache().map { $0 + "/models" }) }
  }

  /// A compiled model.
  struct Entry: Sendable {
    let program: String
    /// The folder that it lies in, where it is not kept.
    let lease: FolderLease?
  }

  /// The program that was made from `key`; `make` makes it in the folder it is given, and returns its path, if there is none yet.
  ///
  /// The whole key stands beside the program and is compared, so that two keys of one hash are told apart.
  func file(for key: Data, make: (_ folder: String) throws -> String) throws -> Entry {
    guard let folder else {
      let lease = FolderLease(try TemporaryFolder())
      return Entry(program: try make(lease.path), lease: lease)
    }
    return Entry(program: try kept(in: folder, for: key, make: make), lease: nil)
  }

  private func kept(in folder: String, for key: Data, make: (_ folder: String) throws -> String) throws -> String {
    let entry = folder + "/" + String(ModelCache.hash(key), radix: 16)
    let program = entry + "/model"
    if let known = try? readFile(entry + "/key"), known == key, FileManager.default.isExecutableFile(atPath: program) { return program }
    let hint = "set VERGENCE_CACHE to a folder you can write to"
    try makeFolder(folder, permissions: 0o700, hint: hint)
    let temporary = try TemporaryFolder()
    defer { temporary.remove() }
    let made = try make(temporary.folder)
    try? FileManager.default.createDirectory(atPath: entry, withIntermediateDirectories: true)
    try writeAtomically(try readFile(made), to: program)
    guard chmod(program, 0o755) == 0 else { throw Diagnostic("cannot make '\(program)' executable: \(systemError())", hint: hint) }
    try writeAtomically(key, to: entry + "/key")
    return program
  }

  /// FNV-1a in 64 bits.
  static func hash(_ bytes: Data) -> UInt64 { bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 } }
}
