extension ElementType {
  /// The bits of the bf16 nearest to `number`, ties to even; what is not a number stays so.
  package static func bf16Bits(of number: Float) -> UInt16 {
    let bits = number.bitPattern
    if number.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// The bf16 nearest to `number`, by way of single precision.
  package static func roundedToBF16(_ number: Double) -> Double {
    Double(Float(bitPattern: UInt32(bf16Bits(of: Float(number))) << 16))
  }
}
