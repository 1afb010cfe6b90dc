import Codegen
import Foundation
import Hashing
import LLVM
import Support

/// Machine code of kernels in a folder, by what it was made from, so that a kernel is compiled once for all models and runs that have it.
///
/// An entry's name is the SHA-256 of the kernel's text, its machine and what else decides the code; its content begins with the SHA-256 of the name and the rest, so that neither damage nor another's name passes. What is missing, damaged or can't be written is no error:
/// the kernel is compiled then.
struct KernelCache: Sendable {
  let folder: String

  /// The bytes of a hexadecimal digest.
  private static let digest = 64
  /// The bytes that entries may have together before the oldest are removed.
  private static let limit = 256 << 20

  /// The digest of what all kernels have in common: what modules have beside them, the machine, and the way from text to machine code.
  static func maker(beside frame: String, _ machine: TargetMachine) -> String {
    SHA256.hexadecimal(of: "\(LLVM.pipeline)\n\(machine.triple) \(machine.tuning) \(machine.features.sorted())\n\(frame)".utf8)
  }

  /// The name of what `maker` makes of `code`.
  static func key(_ code: KernelCode, from maker: String) -> String { SHA256.hexadecimal(of: "\(code.digest) \(maker)".utf8) }

  /// The machine code called `key`, if it is here and whole.
  func object(_ key: String) -> [UInt8]? {
    guard let file = FileManager.default.contents(atPath: path(key)), file.count > Self.digest else { return nil }
    let code = [UInt8](file.dropFirst(Self.digest))
    return seal(key, code).utf8.elementsEqual(file.prefix(Self.digest)) ? code : nil
  }

  /// Keeps `object` as `key`.
  ///
  /// It isn't flushed to the disk: a damaged entry is found out by its digest.
  func keep(_ object: [UInt8], as key: String) {
    let temporary = path("\(key).\(getpid()).\(UInt32.random(in: 0...UInt32.max))")
    let content = Data(seal(key, object).utf8) + Data(object)
    guard FileManager.default.createFile(atPath: temporary, contents: content) else { return }
    if rename(temporary, path(key)) != 0 { unlink(temporary) }
  }

  /// Makes the folder; returns whether it is there.
  func prepare() -> Bool { (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil }

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

  private func seal(_ key: String, _ object: [UInt8]) -> String { SHA256.hexadecimal(of: Array(key.utf8) + object) }

  private func path(_ name: String) -> String { "\(folder)/\(name)" }
}
