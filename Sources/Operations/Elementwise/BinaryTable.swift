import Graph
import Loops

/// a + b.
package enum Add: BinaryRow {
  package static let name = "add"
  package static let summary = "a + b."
  package static let kernel = BinaryFunction.add
  package static let domain = -2.0...2.0
  package static func value(_ a: Double, _ b: Double) -> Double { a + b }
  package static func gradients(_ g: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?] { [seed, seed] }
}

/// a − b.
package enum Subtract: BinaryRow {
  package static let name = "subtract"
  package static let summary = "a − b."
  package static let kernel = BinaryFunction.subtract
  package static let domain = -2.0...2.0
  package static func value(_ a: Double, _ b: Double) -> Double { a - b }
  package static func gradients(_ g: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?] { [seed, try g.negate(seed)] }
}

/// a · b.
package enum Multiply: BinaryRow {
  package static let name = "multiply"
  package static let summary = "a · b."
  package static let kernel = BinaryFunction.multiply
  package static let domain = -2.0...2.0
  package static func value(_ a: Double, _ b: Double) -> Double { a * b }
  package static func gradients(_ g: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?] {
    [try g.multiply(seed, b), try g.multiply(seed, a)]
  }
}

/// a / b.
package enum Divide: BinaryRow {
  package static let name = "divide"
  package static let summary = "a / b; of whole numbers rounded towards zero, and the nearest there is where that is none."
  package static let kernel = BinaryFunction.divide
  package static let domain = 0.3...2.0
  package static func value(_ a: Double, _ b: Double) -> Double { a / b }
  package static func gradients(_ g: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?] {
    let toA = try g.divide(seed, b)
    return [toA, try g.negate(try g.divide(try g.multiply(toA, a), b))]
  }
}

/// The larger of a and b.
package enum Maximum: BinaryRow {
  package static let name = "maximum"
  package static let summary = "The larger of a and b; where they are equal the gradient goes to b."
  package static let kernel = BinaryFunction.maximum
  package static let domain = -2.0...2.0
  package static func value(_ a: Double, _ b: Double) -> Double { max(a, b) }
  package static func gradients(_ g: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?] {
    let (first, zero) = (try g.compare(.greater, a, b), try g.filled(0, like: a))
    return [try g.select(first, seed, zero), try g.select(first, zero, seed)]
  }
}

/// The smaller of a and b.
package enum Minimum: BinaryRow {
  package static let name = "minimum"
  package static let summary = "The smaller of a and b; where they are equal the gradient goes to b."
  package static let kernel = BinaryFunction.minimum
  package static let domain = -2.0...2.0
  package static func value(_ a: Double, _ b: Double) -> Double { min(a, b) }
  package static func gradients(_ g: inout Graph, _ a: ValueID, _ b: ValueID, seed: ValueID) throws -> [ValueID?] {
    let (first, zero) = (try g.compare(.less, a, b), try g.filled(0, like: a))
    return [try g.select(first, seed, zero), try g.select(first, zero, seed)]
  }
}
