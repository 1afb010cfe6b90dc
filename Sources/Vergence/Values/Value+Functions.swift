import Graph
import Operations
import Support

/// Functions of every element by itself.
extension Value {
  /// The element where it is positive, 0 elsewhere.
  public func relu(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<RectifiedLinear>(), id, at: SourcePosition(file, line, column))
  }

  /// The hyperbolic tangent.
  public func tanh(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<HyperbolicTangent>(), id, at: SourcePosition(file, line, column))
  }

  /// e to the power of the element.
  public func exp(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<Exponential>(), id, at: SourcePosition(file, line, column))
  }

  /// The natural logarithm.
  public func log(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<Logarithm>(), id, at: SourcePosition(file, line, column))
  }

  /// The square root.
  public func squareRoot(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<SquareRoot>(), id, at: SourcePosition(file, line, column))
  }

  /// The magnitude.
  public func absolute(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<Absolute>(), id, at: SourcePosition(file, line, column))
  }

  /// The logistic function 1 / (1 + e⁻ˣ).
  public func logistic(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Unary<Logistic>(), id, at: SourcePosition(file, line, column))
  }

  /// The square.
  public func squared(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Binary<Multiply>(), id, id, at: SourcePosition(file, line, column))
  }

  /// The larger of the element and the other value's.
  public func maximum(_ other: Value, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Binary<Maximum>(), id, other.id, at: SourcePosition(file, line, column))
  }

  /// The smaller of the element and the other value's.
  public func minimum(_ other: Value, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Binary<Minimum>(), id, other.id, at: SourcePosition(file, line, column))
  }
}
