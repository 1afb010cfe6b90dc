/// A step was given up, before it wrote any state, because the number that guards it is infinite or not a number.
package struct NonFiniteLoss: Error, Hashable, Sendable {
  /// The guarding output's name.
  package let output: String
  /// What it was.
  package let value: Float
}
