import Graph
import Loops
import Operations
import Support
import Tensors

/// Sums, means and maxima along some dimensions, which the result lacks; along all of them when none is named.
///
/// Dimensions may be counted from the end: −1 is the last.
extension Value {
  /// The sum.
  public func sum(over axes: [Int]? = nil, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try reduced(.sum, axes, at: SourcePosition(file, line, column))
  }

  /// The largest element.
  public func max(over axes: [Int]? = nil, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try reduced(.maximum, axes, at: SourcePosition(file, line, column))
  }

  /// The mean.
  public func mean(over axes: [Int]? = nil, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    let sum = try reduced(.sum, axes, at: position)
    return try builder.build(at: position) { try $0.scaled(sum.id, by: Double(sum.type.count) / Double(type.count)) }
  }

  private func reduced(_ combination: Combination, _ axes: [Int]?, at position: SourcePosition) throws -> Value {
    let axes = try axes.map { try $0.map { try axis($0, at: position) }.sorted() } ?? Array(0..<rank)
    return try builder.build(at: position) { try $0.reduce(combination, id, over: axes) }
  }

  /// The dimension that `axis` names, counted from the front.
  ///
  /// - Errors: the value has no such dimension.
  func axis(_ axis: Int, at position: SourcePosition) throws -> Int {
    guard (-rank..<rank).contains(axis) else { throw Diagnostic("\(self) has no dimension \(axis)", at: position) }
    return axis < 0 ? rank + axis : axis
  }
}
