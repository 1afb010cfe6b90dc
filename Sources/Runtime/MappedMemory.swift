import Foundation
import Support

/// A stretch of zeroed memory from the operating system, kept as long as its owner.
///
/// It begins at a multiple of 2 MiB and asks for pages of that size, so that a step misses few address translations.
final class MappedMemory {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  /// The number of bytes that may be used.
  let count: Int

  private let mapping: UnsafeMutableRawPointer
  private let mappingSize: Int

  private static let largePage = 2 << 20

  /// Maps `count` bytes for `purpose`.
  ///
  /// - Errors: the operating system refuses, or the machine has less memory than that.
  init(_ count: Int, for purpose: String) throws(Diagnostic) {
    precondition(count >= 0, "a negative number of bytes")
    let total = ProcessInfo.processInfo.physicalMemory
    guard UInt64(count) <= total else {
      throw Diagnostic("\(count) bytes for \(purpose) are more than the \(total) of this machine", hint: "a smaller batch or model takes less")
    }
    let size = count + Self.largePage
    guard let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), mapping != MAP_FAILED else {
      throw Diagnostic("no memory for \(purpose) of \(count) bytes: \(systemError())", hint: "a smaller batch or model takes less")
    }
    self.mapping = mapping
    mappingSize = size
    self.count = count
    base = mapping.alignedUp(toMultipleOf: Self.largePage)
    // A wish: without large pages the same runs, slower.
    if count >= Self.largePage { madvise(base, count, MADV_HUGEPAGE) }
  }

  deinit { munmap(mapping, mappingSize) }
}

/// The pages that `mmap` returns where it fails, which C writes as a macro that Swift can't read.
private var MAP_FAILED: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: -1) }
