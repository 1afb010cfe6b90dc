import Support

extension SyntheticImages {
  /// The options and what each may be.
  private static let ranges: [(name: String, range: ClosedRange<Int>, set: @Sendable (inout SyntheticImages, Int) -> Void)] = [
    ("classes", 2...SyntheticScene.maximumClasses, { $0.classes = $1 }),
    ("train", 1...100_000_000, { $0.train = $1 }),
    ("test", 1...100_000_000, { $0.test = $1 }),
    ("size", 8...512, { $0.size = $1 }),
    ("seed", 0...Int(UInt32.max), { $0.seed = UInt32($1) }),
  ]

  /// Understands `options`: `name=value` pairs with commas between, or nothing.
  ///
  /// - Errors: an option that isn't there, or a value out of its range.
  package init(parsing options: String) throws {
    self.init()
    for option in options.split(separator: ",", omittingEmptySubsequences: true) {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let known = Self.ranges.first(where: { $0.name == parts[0] }) else {
        let names = Self.ranges.map(\.name)
        throw Diagnostic(
          "'synthetic' has no option '\(parts[0])'",
          hint: nearest(to: parts[0], in: names).map { "did you mean '\($0)'?" } ?? "it has \(names.joined(separator: ", "))")
      }
      guard parts.count == 2, let value = Int(parts[1]), known.range.contains(value) else {
        throw Diagnostic(
          "'\(option)' does not say '\(known.name)' of the synthetic images",
          hint: "write \(known.name)=N with N from \(known.range.lowerBound) to \(known.range.upperBound)")
      }
      known.set(&self, value)
    }
  }
}
