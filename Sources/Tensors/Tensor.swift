/// A tensor of the double-precision evaluator: what values mean, before any kernel rounds them.
///
/// Whole numbers and truth values are held as the numbers they are.
public struct Tensor: Hashable, Sendable {
  /// The extents, outermost first.
  public let shape: [Int]
  /// The elements, row-major.
  public var elements: [Double]

  /// Creates a tensor of `shape` holding `elements`.
  ///
  /// - Requires: there are as many elements as the shape says.
  public init(_ shape: [Int], _ elements: [Double]) {
    precondition(shape.reduce(1, *) == elements.count, "\(elements.count) elements for the shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// Creates a tensor of `shape` with every element `value`.
  public init(_ shape: [Int], repeating value: Double) {
    self.init(shape, Array(repeating: value, count: shape.reduce(1, *)))
  }

  /// Creates a tensor of no dimensions.
  public init(scalar value: Double) { self.init([], [value]) }

  /// Creates a tensor of `shape` whose element at row-major position `i` is `element(i)`.
  public init(_ shape: [Int], _ element: (Int) throws -> Double) rethrows {
    self.init(shape, try (0..<shape.reduce(1, *)).map(element))
  }

  /// Creates a tensor of `shape` whose element at each coordinate vector is `element(coordinates)`.
  public init(_ shape: [Int], at element: ([Int]) throws -> Double) rethrows {
    var elements = [Double]()
    elements.reserveCapacity(shape.reduce(1, *))
    try Tensor.forEachIndex(of: shape) { elements.append(try element($0)) }
    self.init(shape, elements)
  }

  /// The number of elements.
  public var count: Int { elements.count }

  /// The distances in elements between neighbours along each dimension.
  public var strides: [Int] { TensorType(valid: .f32, shape).strides }

  /// The element at `coordinates`.
  public subscript(coordinates: [Int]) -> Double {
    get { elements[position(of: coordinates)] }
    set { elements[position(of: coordinates)] = newValue }
  }

  /// The row-major position of `coordinates`.
  public func position(of coordinates: [Int]) -> Int {
    var position = 0
    for (extent, coordinate) in zip(shape, coordinates) { position = position * extent + coordinate }
    return position
  }

  /// Calls `body` with every coordinate vector of `shape`, in row-major order.
  public static func forEachIndex(of shape: [Int], _ body: ([Int]) throws -> Void) rethrows {
    guard !shape.contains(0) else { return }
    var index = [Int](repeating: 0, count: shape.count)
    while true {
      try body(index)
      var d = shape.count - 1
      while d >= 0 {
        index[d] += 1
        if index[d] < shape[d] { break }
        index[d] = 0
        d -= 1
      }
      if d < 0 { return }
    }
  }

  /// The tensor with every element replaced by `transform` of it.
  public func map(_ transform: (Double) throws -> Double) rethrows -> Tensor { Tensor(shape, try elements.map(transform)) }
}
