import Graph
import Loops
import Support
import Tensors

/// Shorthand for appending one operation, for gradients, expansions and the DSL.
extension Graph {
  /// Appends an operation with one result and returns that.
  package mutating func one(_ operation: any Operation, _ operands: ValueID..., at position: SourcePosition? = nil) throws -> ValueID {
    try append(operation, operands, at: position)[0]
  }

  package mutating func negate(_ x: ValueID) throws -> ValueID { try one(Unary<Negate>(), x) }
  package mutating func exp(_ x: ValueID) throws -> ValueID { try one(Unary<Exponential>(), x) }
  package mutating func log(_ x: ValueID) throws -> ValueID { try one(Unary<Logarithm>(), x) }
  package mutating func tanh(_ x: ValueID) throws -> ValueID { try one(Unary<HyperbolicTangent>(), x) }
  package mutating func sqrt(_ x: ValueID) throws -> ValueID { try one(Unary<SquareRoot>(), x) }
  package mutating func relu(_ x: ValueID) throws -> ValueID { try one(Unary<RectifiedLinear>(), x) }
  package mutating func add(_ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Binary<Add>(), a, b) }
  package mutating func subtract(_ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Binary<Subtract>(), a, b) }
  package mutating func multiply(_ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Binary<Multiply>(), a, b) }
  package mutating func divide(_ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Binary<Divide>(), a, b) }
  package mutating func maximum(_ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Binary<Maximum>(), a, b) }
  package mutating func minimum(_ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Binary<Minimum>(), a, b) }

  package mutating func compare(_ relation: Relation, _ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Compare(relation), a, b) }
  package mutating func select(_ condition: ValueID, _ a: ValueID, _ b: ValueID) throws -> ValueID { try one(Select(), condition, a, b) }

  package mutating func constant(_ value: Double, _ type: TensorType) throws -> ValueID { try one(Constant(value, type)) }
  /// A tensor of `x`'s type with every element `value`.
  package mutating func filled(_ value: Double, like x: ValueID) throws -> ValueID { try constant(value, type(of: x)) }
  package mutating func scaled(_ x: ValueID, by factor: Double) throws -> ValueID { try multiply(x, try filled(factor, like: x)) }
  package mutating func plus(_ x: ValueID, _ term: Double) throws -> ValueID { try add(x, try filled(term, like: x)) }

  package mutating func broadcast(_ x: ValueID, to shape: [Int], dimensions: [Int]) throws -> ValueID {
    type(of: x).shape == shape ? x : try one(Broadcast(shape: shape, dimensions: dimensions), x)
  }

  package mutating func reduce(_ combination: Combination, _ x: ValueID, over axes: [Int]) throws -> ValueID {
    axes.isEmpty ? x : try one(Reduce(combination, axes: axes), x)
  }

  /// The mean along `axes`.
  package mutating func mean(_ x: ValueID, over axes: [Int]) throws -> ValueID {
    let count = axes.reduce(1) { $0 * type(of: x).shape[$1] }
    return try scaled(try reduce(.sum, x, over: axes), by: 1 / Double(count))
  }
}
