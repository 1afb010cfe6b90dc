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
  /// The elements of `x` as `element`s.
  package mutating func cast(_ x: ValueID, to element: ElementType) throws -> ValueID {
    type(of: x).element == element ? x : try one(Cast(to: element), x)
  }

  package mutating func stopGradient(_ x: ValueID) throws -> ValueID { try one(StopGradient(), x) }

  package mutating func reshape(_ x: ValueID, to shape: [Int]) throws -> ValueID {
    type(of: x).shape == shape ? x : try one(Reshape(shape: shape), x)
  }

  package mutating func transpose(_ x: ValueID, _ permutation: [Int]) throws -> ValueID {
    permutation == Array(permutation.indices) ? x : try one(Transpose(permutation: permutation), x)
  }

  /// The elements from `starts` up to `limits`, every one or by `strides`.
  package mutating func slice(_ x: ValueID, from starts: [Int], to limits: [Int], by strides: [Int]? = nil) throws -> ValueID {
    try one(Slice(starts: starts, limits: limits, strides: strides ?? starts.map { _ in 1 }), x)
  }

  /// The elements from `start` up to `limit` along `axis`, all along the other dimensions.
  package mutating func slice(_ x: ValueID, axis: Int, from start: Int, to limit: Int) throws -> ValueID {
    let shape = type(of: x).shape
    let starts = shape.indices.map { $0 == axis ? start : 0 }
    let limits = shape.indices.map { $0 == axis ? limit : shape[$0] }
    return try slice(x, from: starts, to: limits)
  }

  /// Zeros before and after, and between the elements with `interior`.
  package mutating func pad(_ x: ValueID, low: [Int], high: [Int], interior: [Int]? = nil) throws -> ValueID {
    let interior = interior ?? low.map { _ in 0 }
    return (low + high + interior).allSatisfy { $0 == 0 } ? x : try one(Pad(low: low, high: high, interior: interior, mode: .zero), x)
  }

  package mutating func concatenate(_ parts: [ValueID], axis: Int) throws -> ValueID {
    parts.count == 1 ? parts[0] : try append(Concatenate(axis: axis), parts)[0]
  }

  /// The matrix product of the last two dimensions, of operands that are held transposed where said.
  package mutating func product(_ a: ValueID, _ b: ValueID, transposeLeft: Bool = false, transposeRight: Bool = false) throws -> ValueID {
    try one(Product(transposeLeft: transposeLeft, transposeRight: transposeRight), a, b)
  }

  package mutating func convolution(_ images: ValueID, _ weights: ValueID, stride: [Int], padding: Padding = .valid) throws -> ValueID {
    try one(Convolution(stride: stride, padding: padding), images, weights)
  }
}
