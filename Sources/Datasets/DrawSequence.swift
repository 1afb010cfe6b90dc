import Support

/// Random numbers one after the other for one thing that is made, from the words of one element.
struct DrawSequence {
  private let philox: Philox
  private let element: UInt64
  private var step: UInt64 = 0
  private var words = SIMD4<UInt32>()
  private var used = 4

  init(_ philox: Philox, element: Int) {
    self.philox = philox
    self.element = UInt64(element)
  }

  /// Returns the next random word.
  mutating func word() -> UInt32 {
    if used == 4 {
      words = philox.words(element: element, step: step)
      step += 1
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  /// Returns the next number in `range`.
  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * Float(unit(word()))
  }

  /// Returns the next whole number in 0..<`bound`.
  mutating func integer(below bound: Int) -> Int { Datasets.integer(word(), below: bound) }
}
