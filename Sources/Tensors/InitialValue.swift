import Support

/// What a state tensor holds before the first step, as a function of the seed and the tensor's name.
public enum InitialValue: Hashable, Sendable, Codable {
  /// Every element is the number.
  case constant(Double)
  /// Independent uniform draws from `low` up to `high`.
  case uniform(low: Double, high: Double)
  /// One where the last two coordinates are equal, plus uniform draws from −`spread` up to `spread` elsewhere: a map that starts as the identity.
  case identity(spread: Double)

  /// The elements of a tensor of `shape` called `name`, drawn under `seed`.
  package func elements(_ shape: [Int], name: String, seed: UInt32) -> [Float] {
    let count = shape.reduce(1, *)
    let draws = Philox(seed: seed, stream: "initial " + name)
    func uniform(_ i: Int, _ low: Double, _ high: Double) -> Float { Float(low + (high - low) * draws.uniform(element: UInt64(i), step: 0)) }
    switch self {
    case .constant(let value): return Array(repeating: Float(value), count: count)
    case .uniform(let low, let high): return (0..<count).map { uniform($0, low, high) }
    case .identity(let spread):
      let columns = shape.last ?? 1
      let rows = shape.count > 1 ? shape[shape.count - 2] : 1
      return (0..<count).map { i in (i / columns) % rows == i % columns ? 1 : uniform(i, -spread, spread) }
    }
  }
}
