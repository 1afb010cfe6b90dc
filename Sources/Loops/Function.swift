/// The functions of one number that kernels compute.
package enum UnaryFunction: String, Hashable, Sendable, CaseIterable {
  case negate, absolute, exponential, logarithm, tanh, squareRoot, floor, not
}

/// The functions of two numbers that kernels compute.
package enum BinaryFunction: String, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum, and, or
}

/// The relations of two numbers that kernels decide.
///
/// A comparison with a number that is not one is false, but for `unequal`.
package enum Relation: String, Hashable, Sendable, Codable, CaseIterable {
  case equal, unequal, less, lessOrEqual = "less_or_equal", greater, greaterOrEqual = "greater_or_equal"
}

/// The ways kernels combine many numbers to one.
package enum Combination: String, Hashable, Sendable, Codable, CaseIterable {
  case sum, maximum

  /// What combines with any number to that number.
  package var identity: Double {
    switch self {
    case .sum: 0
    case .maximum: -.infinity
    }
  }
}
