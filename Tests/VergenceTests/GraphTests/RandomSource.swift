import Support

/// A seeded source for `random(in:using:)`: the same seed makes the same test.
struct RandomSource: RandomNumberGenerator {
  private let source: Philox
  private var count: UInt64 = 0

  init(seed: UInt32) { source = Philox(seed: seed, stream: "draws") }

  mutating func next() -> UInt64 {
    defer { count += 1 }
    let words = source.words(element: count, step: 0)
    return UInt64(words[0]) << 32 | UInt64(words[1])
  }

  /// True once in `n` times.
  mutating func oneIn(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }
}
