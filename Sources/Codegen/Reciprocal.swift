/// What a number below 2³¹ is multiplied by to be divided: its quotient by the divisor is the product's digits from the `shift`th on.
///
/// - Source: Granlund and Montgomery 1994, theorem 4.2.
package struct Reciprocal {
  package let factor: Int
  package let shift: Int

  /// The numbers that it divides have at most these digits.
  static let digits = 31

  /// The reciprocal of `divisor`, in 1...2³¹; products fit 63 digits.
  package init(of divisor: Int) {
    precondition((1...1 << Reciprocal.digits).contains(divisor), "no reciprocal of \(divisor)")
    shift = Reciprocal.digits + Int.bitWidth - (divisor - 1).leadingZeroBitCount
    factor = ((1 << shift) + divisor - 1) / divisor
  }
}
