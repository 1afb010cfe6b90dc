import Foundation
import Hashing

/// Bytes in a folder, by what they were made from, which later compilations take from there.
///
/// An entry's name is a SHA-256 of all that decides its content; the content begins with the SHA-256 of the name and the rest, so that neither damage nor another's name passes.
/// What is missing, damaged or can't be written is no error: it is made again then.
struct ContentCache: Sendable {
  private let folder: String

  /// The bytes of a hexadecimal digest.
  private static let digest = 64
  /// The bytes that entries may have together before the oldest are removed.
  private static let limit = 256 << 20

  /// The cache in `folder`, which is made where it isn't there; `nil` where it can't be.
  init?(in folder: String) {
    guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil else { return nil }
    self.folder = folder
  }

  /// The entry called `key`, if it is here and whole.
  func entry(_ key: String) -> [UInt8]? {
    guard let file = FileManager.default.contents(atPath: path(key)), file.count > Self.digest else { return nil }
    let content = [UInt8](file.dropFirst(Self.digest))
    return seal(key, content).utf8.elementsEqual(file.prefix(Self.digest)) ? content : nil
  }

  /// Keeps `content` as `key`.
  ///
  /// It isn't flushed to the disk: a damaged entry is found out by its digest.
  func keep(_ content: [UInt8], as key: String) {
    let temporary = path("\(key).\(getpid()).\(UInt32.random(in: 0...UInt32.max))")
    let sealed = Data(seal(key, content).utf8) + Data(content)
    guard FileManager.default.createFile(atPath: temporary, contents: sealed) else { return }
    if rename(temporary, path(key)) != 0 { unlink(temporary) }
  }

  /// Removes the oldest entries until all of them together are within the limit.
  func trim() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    // Not by way of Foundation, which takes longer to ask for a file's size and date than a kernel to be read.
    let entries = names.compactMap { name -> (name: String, bytes: Int, date: timespec)? in
      var status = stat()
      return stat(path(name), &status) == 0 ? (name, Int(status.st_size), status.st_mtim) : nil
    }
    var excess = entries.reduce(-Self.limit) { $0 + $1.bytes }
    for (name, bytes, _) in entries.sorted(by: { ($0.date.tv_sec, $0.date.tv_nsec) < ($1.date.tv_sec, $1.date.tv_nsec) }) where excess > 0 {
      unlink(path(name))
      excess -= bytes
    }
  }

  private func seal(_ key: String, _ content: [UInt8]) -> String { SHA256.hexadecimal(of: Array(key.utf8) + content) }

  private func path(_ name: String) -> String { "\(folder)/\(name)" }
}
