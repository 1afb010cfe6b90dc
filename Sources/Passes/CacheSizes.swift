import Glibc

/// The caches that a core has for itself, which contractions are cut for.
package struct CacheSizes: Hashable, Sendable {
  /// Bytes of the first-level cache for data, and of the second-level one.
  package let first: Int
  package let second: Int

  /// What is taken where a machine doesn't tell: those of most machines with AVX-512.
  package static let standard = CacheSizes(first: 32 << 10, second: 1 << 20)

  /// Sizes that are believed: others are a mistake of whoever reports them.
  package static let (firsts, seconds) = (8 << 10...1 << 20, 128 << 10...64 << 20)

  package init(first: Int, second: Int) {
    self.first = min(max(first, Self.firsts.lowerBound), Self.firsts.upperBound)
    self.second = min(max(second, Self.seconds.lowerBound), Self.seconds.upperBound)
  }

  /// What the operating system reports of this machine.
  package static func host() -> CacheSizes {
    let (first, second) = (sysconf(Int32(_SC_LEVEL1_DCACHE_SIZE)), sysconf(Int32(_SC_LEVEL2_CACHE_SIZE)))
    return CacheSizes(first: first > 0 ? first : standard.first, second: second > 0 ? second : standard.second)
  }

  /// The text that it is parsed from: two numbers of bytes.
  package var text: String { "\(first),\(second)" }

  /// Parses `text`; `nil` for another form.
  package init?(text: String) {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let first = numbers[0], let second = numbers[1] else { return nil }
    self.init(first: first, second: second)
  }
}
