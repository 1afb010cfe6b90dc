/// What the inside of a shape is filled with: two colours, and where each of them is.
enum Texture: CaseIterable {
  case plain, striped, checked, dotted

  /// Returns the share of the second colour at (x, y), counted in periods of the texture.
  @inline(__always)
  func share(_ x: Float, _ y: Float) -> Float {
    switch self {
    case .plain: 0
    case .striped: edge(wave(x))
    case .checked: edge((wave(x) - 0.5) * (wave(y) - 0.5) * 2 + 0.5)
    case .dotted: edge(1 - (wave(x) * wave(x) + wave(y) * wave(y)).squareRoot() * 0.8)
    }
  }

  /// Returns a triangular wave in 0…1 of the period 1.
  @inline(__always)
  private func wave(_ x: Float) -> Float {
    // The truncation of a number that is moved above zero is its floor, and one instruction.
    let moved = x + 1024
    return abs(moved - Float(Int32(moved)) - 0.5) * 2
  }

  /// Returns 0 or 1 by which half of 0…1 `x` is in, with a soft edge between.
  @inline(__always)
  private func edge(_ x: Float) -> Float { min(max((x - 0.5) * 5 + 0.5, 0), 1) }
}
