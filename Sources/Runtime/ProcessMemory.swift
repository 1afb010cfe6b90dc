import Foundation

/// What the operating system says this process holds in memory.
package struct ProcessMemory: Hashable, Sendable {
  /// The bytes in memory now, and the most there have ever been.
  package let resident: Int
  package let peak: Int

  /// Reads the present figures; `nil` where the system doesn't tell.
  package static func current() -> ProcessMemory? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    return ProcessMemory(status: status)
  }

  /// Reads the figures from the text of `/proc/self/status`, in lines such as `VmRSS:     1234 kB`.
  package init?(status: String) {
    func bytes(_ key: String) -> Int? {
      let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
      return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }.flatMap { Int($0) }.map { $0 * 1024 }
    }
    guard let resident = bytes("VmRSS"), let peak = bytes("VmHWM") else { return nil }
    self.resident = resident
    self.peak = peak
  }
}
