import Graph
import Operations
import Support

/// The same elements in another arrangement.
extension Value {
  /// The elements, in their row-major order, under another shape.
  public func reshaped(_ shape: [Int], file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Reshape(shape: shape), id, at: SourcePosition(file, line, column))
  }

  /// The dimensions in another order: the result's dimension d is this value's dimension `order[d]`.
  public func transposed(_ order: [Int], file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(Transpose(permutation: order), id, at: SourcePosition(file, line, column))
  }

  /// The value repeated to `shape`, where its dimension d is dimension `dimensions[d]`: by default its dimensions are the last ones.
  public func broadcast(
    to shape: [Int], dimensions: [Int]? = nil, file: String = #fileID, line: Int = #line, column: Int = #column
  ) throws -> Value {
    let position = SourcePosition(file, line, column)
    guard dimensions != nil || rank <= shape.count else { throw Diagnostic("can't repeat \(self) to the shape \(shape)", at: position) }
    return try builder.append(Broadcast(shape: shape, dimensions: dimensions ?? Array((shape.count - rank)..<shape.count)), id, at: position)
  }

  /// The elements at `range` along the dimension `axis`.
  public func slice(_ range: Range<Int>, along axis: Int, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    let axis = try self.axis(axis, at: position)
    var (starts, limits) = ([Int](repeating: 0, count: rank), shape)
    (starts[axis], limits[axis]) = (range.lowerBound, range.upperBound)
    return try builder.append(Slice(starts: starts, limits: limits, strides: [Int](repeating: 1, count: rank)), id, at: position)
  }

  /// This value and then `other` along the dimension `axis`.
  public func joined(_ other: Value, along axis: Int, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    return try builder.append(Concatenate(axis: try self.axis(axis, at: position)), id, other.id, at: position)
  }

  /// The value with zeros after its elements until the dimension `axis` has `extent` places.
  public func padded(to extent: Int, along axis: Int, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    let axis = try self.axis(axis, at: position)
    guard extent >= shape[axis] else { throw Diagnostic("can't pad dimension \(axis) of \(self) to \(extent)", at: position) }
    if extent == shape[axis] { return self }
    let none = [Int](repeating: 0, count: rank)
    var high = none
    high[axis] = extent - shape[axis]
    return try builder.append(Pad(low: none, high: high, interior: none, mode: .zero), id, at: position)
  }
}
