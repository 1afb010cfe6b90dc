import Graph

/// A rewriting of the graph that keeps what it computes.
package struct GraphPass: Sendable {
  /// The name in `--print-after` and in the report.
  package let name: String
  /// Does it.
  package let run: @Sendable (inout Graph) throws -> Void

  package init(_ name: String, _ run: @escaping @Sendable (inout Graph) throws -> Void) {
    self.name = name
    self.run = run
  }
}

extension GraphPass {
  /// What every graph goes through before kernels are made of it, with the reason for each one's place.
  package static func pipeline(convolutions: ConvolutionRoute, windowsAreApart: Bool = false) -> [GraphPass] {
    [
      // First, so that nothing after it works on what nobody uses.
      .deadNodes,
      // Composite operations become simple ones, which share their parts.
      .expansion,
      // When convolutions have neither padding nor bias left, and before their transforms are shared.
      .fastConvolutions(convolutions, areApart: windowsAreApart),
      // Windows that overlap are put together by simpler operations.
      .expansion,
      // Gradients and expansions repeat each other's parts.
      .commonNodes,
      // Sums with zero and products with one come from gradients.
      .constants,
      // Folding leaves operands behind that nobody uses, and makes nodes equal.
      .commonNodes,
      .deadNodes,
    ]
  }
}
