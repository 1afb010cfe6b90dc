import Graph
import Operations
import Support
import Tensors

/// What learning adds to arithmetic: products, detaching, clipping, pooling and chance.
extension Value {
  /// The value, through which no gradient flows back.
  public func detached(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(StopGradient(), id, at: SourcePosition(file, line, column))
  }

  /// The matrix product of the last two dimensions with `other`'s, for each index of the leading ones; `transposed` when `other` is held so.
  ///
  /// - Shapes: […, M, K], […, K, N] → […, M, N]; transposed: […, M, K], […, N, K] → […, M, N]
  public func product(
    _ other: Value, transposed: Bool = false, file: String = #fileID, line: Int = #line, column: Int = #column
  ) throws -> Value {
    try builder.append(Product(transposeRight: transposed), id, other.id, at: SourcePosition(file, line, column))
  }

  /// limit · tanh(x / limit): the value bent smoothly into ±`limit`.
  public func softClipped(_ limit: Double, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.append(SoftClip(limit: limit), id, at: SourcePosition(file, line, column))
  }

  /// The mean of each window of `kernel` by `kernel` pixels, `stride` apart.
  ///
  /// - Shapes: […, H, W, C] → […, (H − kernel) / stride + 1, (W − kernel) / stride + 1, C]
  public func averagePooled(kernel: Int, stride: Int, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    if kernel == 1, stride == 1 { return self }
    return try builder.append(AveragePool(kernel: [kernel, kernel], stride: [stride, stride]), id, at: SourcePosition(file, line, column))
  }

  /// One location of each image's map, drawn uniformly and anew at every step.
  ///
  /// - Shapes: […, L, E] → […, E]
  public func randomLocation(_ name: String, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    let position = SourcePosition(file, line, column)
    guard rank >= 2 else { throw Diagnostic("needs maps […, locations, channels], and got \(self)", at: position) }
    let counters = try builder.randomCounters(at: position)
    let draws = Random(name: name, type: type.with(.i32).with(shape: Array(shape.dropLast(2))), below: shape[rank - 2])
    let index = try builder.append(draws, counters.seed, counters.step, at: position)
    return try builder.append(GatherLocation(), id, index.id, at: position)
  }

  /// The value with each element set to 0 with probability `rate` and the others scaled up; unchanged at inference.
  ///
  /// The draws go by the scope's name and `name`, so each use in a model needs its own.
  public func droppedOut(_ rate: Double, _ name: String, file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    if rate == 0 || builder.mode == .inference { return self }
    let position = SourcePosition(file, line, column)
    let counters = try builder.randomCounters(at: position)
    return try builder.append(Dropout(name: Scope.name(name), rate: rate), id, counters.seed, counters.step, at: position)
  }
}
