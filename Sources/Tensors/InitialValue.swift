/// What a state tensor holds before the first step, as a function of the seed and the tensor's name.
public enum InitialValue: Hashable, Sendable, Codable {
  /// Every element is the number.
  case constant(Double)
  /// Independent uniform draws from `low` up to `high`.
  case uniform(low: Double, high: Double)
  /// One where the last two coordinates are equal, plus uniform draws from −`spread` up to `spread` elsewhere: a map that starts as the identity.
  case identity(spread: Double)
}
