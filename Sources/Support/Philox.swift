/// Philox4x32-10: randomness as a function of a key and a counter.
///
/// The key is (seed, stream), the counter (element, step): the same draw can be made again at any time, on any thread, in any order.
/// - Source: Salmon et al. 2011, 'Parallel Random Numbers: As Easy as 1, 2, 3', §3.3.
public struct Philox: Hashable, Sendable {
  /// The low and the high half of the key.
  public let seed: UInt32
  /// Which of a seed's independent streams this is.
  public let stream: UInt32

  /// Creates the generator of `stream` under `seed`.
  public init(seed: UInt32, stream: UInt32) {
    self.seed = seed
    self.stream = stream
  }

  /// Creates the generator of the stream that `name` stands for under `seed`.
  public init(seed: UInt32, stream name: String) {
    self.init(seed: seed, stream: Philox.stream(named: name))
  }

  /// Returns the stream that `name` stands for: its FNV-1a hash.
  public static func stream(named name: String) -> UInt32 {
    name.utf8.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  /// The multipliers of one round.
  public static let multipliers: (UInt32, UInt32) = (0xd251_1f53, 0xcd9e_8d57)
  /// What is added to the key after each round.
  public static let weyl: (UInt32, UInt32) = (0x9e37_79b9, 0xbb67_ae85)
  /// The number of rounds.
  public static let rounds = 10

  /// Returns the four words at (`element`, `step`).
  public func words(element: UInt64, step: UInt64) -> SIMD4<UInt32> {
    var counter = SIMD4(
      UInt32(truncatingIfNeeded: element), UInt32(truncatingIfNeeded: element >> 32),
      UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32))
    var key = (seed, stream)
    for _ in 0..<Philox.rounds {
      let a = Philox.multipliers.0.multipliedFullWidth(by: counter[0])
      let b = Philox.multipliers.1.multipliedFullWidth(by: counter[2])
      counter = SIMD4(b.high ^ counter[1] ^ key.0, b.low, a.high ^ counter[3] ^ key.1, a.low)
      key = (key.0 &+ Philox.weyl.0, key.1 &+ Philox.weyl.1)
    }
    return counter
  }

  /// Returns a number in [0, 1), a multiple of 2⁻²⁴, from the first word at (`element`, `step`).
  public func uniform(element: UInt64, step: UInt64) -> Double {
    Double(words(element: element, step: step)[0] >> 8) * 0x1p-24
  }

  /// Returns a whole number in 0..<`bound` from the first word at (`element`, `step`), by multiplication: the bias is below bound / 2³².
  public func integer(below bound: UInt32, element: UInt64, step: UInt64) -> UInt32 {
    words(element: element, step: step)[0].multipliedFullWidth(by: bound).high
  }
}
