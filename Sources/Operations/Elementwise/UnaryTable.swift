import Foundation
import Graph
import Loops

/// −x.
package enum Negate: UnaryRow {
  package static let name = "negate"
  package static let summary = "−x."
  package static let domain = -2.0...2.0
  package static func value(_ x: Double) -> Double { -x }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? { try g.negate(seed) }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.negate, x) }
}

/// e to the power of x.
package enum Exponential: UnaryRow {
  package static let name = "exp"
  package static let summary = "e to the power of x."
  package static let domain = -2.0...2.0
  package static func value(_ x: Double) -> Double { exp(x) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? { try g.multiply(seed, y) }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.exponential, x) }
}

/// The natural logarithm.
package enum Logarithm: UnaryRow {
  package static let name = "log"
  package static let summary = "The natural logarithm of x."
  package static let domain = 0.2...3.0
  package static func value(_ x: Double) -> Double { log(x) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? { try g.divide(seed, x) }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.logarithm, x) }
}

/// The hyperbolic tangent.
package enum HyperbolicTangent: UnaryRow {
  package static let name = "tanh"
  package static let summary = "The hyperbolic tangent of x."
  package static let domain = -2.0...2.0
  package static func value(_ x: Double) -> Double { tanh(x) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? {
    try g.multiply(seed, try g.subtract(try g.filled(1, like: y), try g.multiply(y, y)))
  }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.tanh, x) }
}

/// The square root.
package enum SquareRoot: UnaryRow {
  package static let name = "sqrt"
  package static let summary = "The square root of x."
  package static let domain = 0.2...3.0
  package static func value(_ x: Double) -> Double { x.squareRoot() }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? {
    try g.divide(try g.scaled(seed, by: 0.5), y)
  }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.squareRoot, x) }
}

/// The larger of x and 0.
package enum RectifiedLinear: UnaryRow {
  package static let name = "relu"
  package static let summary = "The larger of x and 0; its derivative at 0 is 0."
  package static let domain = -2.0...2.0
  package static func value(_ x: Double) -> Double { max(x, 0) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? {
    // The result's sign serves as the mask, so that the operand needn't be kept.
    let zero = try g.filled(0, like: y)
    return try g.select(try g.compare(.greater, y, zero), seed, zero)
  }
  package static func kernel(_ x: Scalar) -> Scalar { .binary(.maximum, x, .number(0)) }
}

/// The absolute value.
package enum Absolute: UnaryRow {
  package static let name = "abs"
  package static let summary = "The absolute value of x; its derivative at 0 is −1."
  package static let domain = 0.1...2.0
  package static func value(_ x: Double) -> Double { abs(x) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? {
    try g.select(try g.compare(.greater, x, try g.filled(0, like: x)), seed, try g.negate(seed))
  }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.absolute, x) }
}

/// The logistic function.
package enum Logistic: UnaryRow {
  package static let name = "sigmoid"
  package static let summary = "1 / (1 + e⁻ˣ)."
  package static let domain = -2.0...2.0
  package static func value(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? {
    try g.multiply(seed, try g.multiply(y, try g.subtract(try g.filled(1, like: y), y)))
  }
  package static func kernel(_ x: Scalar) -> Scalar { .number(1) / (.number(1) + .unary(.exponential, .unary(.negate, x))) }
}

/// The largest whole number that is not above x.
package enum Floor: UnaryRow {
  package static let name = "floor"
  package static let summary = "The largest whole number that is not above x; it has no gradient."
  package static let domain = 0.1...0.9
  package static func value(_ x: Double) -> Double { floor(x) }
  package static func gradient(_ g: inout Graph, x: ValueID, y: ValueID, seed: ValueID) throws -> ValueID? { nil }
  package static func kernel(_ x: Scalar) -> Scalar { .unary(.floor, x) }
}
