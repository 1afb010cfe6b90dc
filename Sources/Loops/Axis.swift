/// A loop variable: it runs from 0 to its extent.
package struct Axis: Hashable, Sendable {
  /// Which variable of its kernel it is.
  package let id: Int
  /// The number of values it takes.
  package let extent: Int

  /// Creates variable `id` over 0..<`extent`.
  package init(id: Int, extent: Int) {
    precondition(extent >= 1, "an axis needs a positive extent")
    self.id = id
    self.extent = extent
  }
}

/// Hands out axes that differ from all it has handed out before.
package struct AxisSupply: Sendable {
  private var next: Int

  /// Creates a supply whose first axis is numbered `first`.
  package init(from first: Int = 0) { next = first }

  /// Returns a new axis over 0..<`extent`.
  package mutating func callAsFunction(_ extent: Int) -> Axis {
    defer { next += 1 }
    return Axis(id: next, extent: extent)
  }
}
