import Support

/// A mistake in how a model is put together, to be thrown: it is reported at the line that made it.
///
/// - Parameters:
///   - message: what is wrong, in lower case, with the sizes involved.
///   - hint: what its author or user can do about it.
public func mistake(_ message: String, hint: String? = nil, file: String = #fileID, line: Int = #line, column: Int = #column) -> any Error {
  Diagnostic(message, at: SourcePosition(file, line, column), hint: hint)
}
