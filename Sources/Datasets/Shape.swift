/// An outline that synthetic images show, of about the radius 1.
enum Shape: CaseIterable {
  case disc, square, triangle, cross, ring

  /// Returns how far (x, y) is outside of the outline; negative inside.
  @inline(__always)
  func distance(_ x: Float, _ y: Float) -> Float {
    switch self {
    case .disc: (x * x + y * y).squareRoot() - 0.9
    case .square: max(abs(x), abs(y)) - 0.8
    case .triangle: max(y - 0.55, max(0.866 * x - 0.5 * y, -0.866 * x - 0.5 * y) - 0.55)
    case .cross: min(max(abs(x) - 0.3, abs(y) - 1), max(abs(x) - 1, abs(y) - 0.3))
    case .ring: abs((x * x + y * y).squareRoot() - 0.72) - 0.26
    }
  }
}
