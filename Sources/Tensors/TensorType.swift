import Support

/// The type of a tensor's elements.
public enum ElementType: String, Hashable, Sendable, Codable, CaseIterable {
  /// IEEE single precision.
  case f32
  /// The upper half of a single-precision number.
  case bf16
  /// Two's-complement 32-bit whole numbers.
  case i32
  /// Truth values, a byte each in memory.
  case bool

  /// The bytes of one element in memory.
  public var size: Int {
    switch self {
    case .f32, .i32: 4
    case .bf16: 2
    case .bool: 1
    }
  }

  /// Whether arithmetic on the elements is rounded.
  public var isFloating: Bool { self == .f32 || self == .bf16 }
}

/// The type of a tensor: its elements' type and its shape, outermost dimension first.
public struct TensorType: Hashable, Sendable {
  /// The type of the elements.
  public let element: ElementType
  /// The extents, outermost first; none for a scalar.
  public let shape: [Int]

  /// The largest number of bytes a tensor may have, so that no offset computed from shapes can overflow.
  public static let byteLimit = 1 << 46

  /// Creates the type of tensors of `shape`.
  ///
  /// - Errors: an extent below 1, or more than `byteLimit` bytes.
  public init(_ element: ElementType, _ shape: [Int]) throws {
    var count = 1
    for extent in shape {
      guard extent >= 1 else { throw Diagnostic("shape \(shape) has an extent below 1") }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= TensorType.byteLimit / 4 else { throw Diagnostic("shape \(shape) has too many elements") }
      count = product
    }
    self.element = element
    self.shape = shape
  }

  /// Creates the type of tensors of `shape`, which was computed from valid types and can't be larger.
  package init(valid element: ElementType, _ shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 1 }, "extents below 1 in \(shape)")
    self.element = element
    self.shape = shape
  }

  /// The type of a single number.
  public static func scalar(_ element: ElementType) -> TensorType { TensorType(valid: element, []) }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The bytes in memory.
  public var byteCount: Int { count * element.size }
  /// The number of dimensions.
  public var rank: Int { shape.count }
  /// The distance in elements between neighbours along each dimension, row-major.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for d in stride(from: rank - 2, through: 0, by: -1) { strides[d] = strides[d + 1] * shape[d + 1] }
    return strides
  }

  /// The type with the same shape and elements of type `element`.
  public func with(_ element: ElementType) -> TensorType { TensorType(valid: element, shape) }
  /// The type with the same elements and the valid shape `shape`.
  public func with(shape: [Int]) -> TensorType { TensorType(valid: element, shape) }
}

extension TensorType: CustomStringConvertible {
  /// The type as the textual IR writes it, such as `f32[2, 3]`.
  public var description: String { "\(element.rawValue)[\(shape.map(String.init).joined(separator: ", "))]" }
}
