import Codegen
import Hashing
import LLVM

/// Machine code of kernels, so that a kernel is compiled once for all models and runs that have it.
struct KernelCache: Sendable {
  private let entries: ContentCache
  /// The digest of what all kernels have in common.
  private let maker: String

  /// The kernels' part of the cache in `folder`; `nil` where there can be none.
  ///
  /// What all kernels have in common is what modules have beside them, `frame`, the machine, and the way from text to machine code.
  init?(in folder: String, beside frame: String, _ machine: TargetMachine) {
    guard let entries = ContentCache(in: folder + "/kernels") else { return nil }
    self.entries = entries
    maker = SHA256.hexadecimal(of: "\(LLVM.pipeline(for: machine))\n\(frame)".utf8)
  }

  /// The machine code of `module`, if it is here and whole.
  func object(_ module: KernelModule) -> [UInt8]? { entries.entry(key(module)) }

  /// Keeps the machine code of `module`.
  func keep(_ object: [UInt8], of module: KernelModule) { entries.keep(object, as: key(module)) }

  /// Removes the oldest entries until all of them together are within the limit.
  func trim() { entries.trim() }

  private func key(_ module: KernelModule) -> String { SHA256.hexadecimal(of: "\(module.digest) \(maker)".utf8) }
}
