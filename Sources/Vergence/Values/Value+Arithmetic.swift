import Graph
import Operations
import Support

/// Element by element, on values of one shape; `broadcast` makes shapes equal.
///
/// An operator can't know the line it stands on, so a mistake is reported where the later of its operands was made, and says where the other was.
extension Value {
  /// The sum.
  public static func + (a: Value, b: Value) throws -> Value { try combine(Binary<Add>(), a, b) }
  /// The difference.
  public static func - (a: Value, b: Value) throws -> Value { try combine(Binary<Subtract>(), a, b) }
  /// The product of the elements.
  public static func * (a: Value, b: Value) throws -> Value { try combine(Binary<Multiply>(), a, b) }
  /// The quotient.
  public static func / (a: Value, b: Value) throws -> Value { try combine(Binary<Divide>(), a, b) }
  /// The negative.
  public static prefix func - (a: Value) throws -> Value { try a.builder.append(Unary<Negate>(), a.id, at: a.latestPosition(nil)) }

  /// Every element plus a number.
  public static func + (a: Value, b: Double) throws -> Value { try a + a.filled(b) }
  /// A number plus every element.
  public static func + (a: Double, b: Value) throws -> Value { try b.filled(a) + b }
  /// Every element minus a number.
  public static func - (a: Value, b: Double) throws -> Value { try a - a.filled(b) }
  /// A number minus every element.
  public static func - (a: Double, b: Value) throws -> Value { try b.filled(a) - b }
  /// Every element times a number.
  public static func * (a: Value, b: Double) throws -> Value { try a * a.filled(b) }
  /// A number times every element.
  public static func * (a: Double, b: Value) throws -> Value { try b.filled(a) * b }
  /// Every element divided by a number.
  public static func / (a: Value, b: Double) throws -> Value { try a * a.filled(1 / b) }
  /// A number divided by every element.
  public static func / (a: Double, b: Value) throws -> Value { try b.filled(a) / b }

  /// A value of the same shape with every element `number`.
  private func filled(_ number: Double) throws -> Value { try builder.append(Constant(number, type), at: latestPosition(nil)) }

  private static func combine(_ operation: any Operation, _ a: Value, _ b: Value) throws -> Value {
    do {
      return try a.builder.append(operation, a.id, b.id, at: a.latestPosition(b))
    } catch var problem as Diagnostic {
      if let first = a.position, let second = b.position { problem.hint = problem.hint ?? "its operands were made at \(first) and \(second)" }
      throw problem
    }
  }

  /// Where the later of the two was made.
  private func latestPosition(_ other: Value?) -> SourcePosition {
    let latest = other.map { $0.id > id ? $0 : self } ?? self
    return latest.position ?? SourcePosition(file: builder.graph.name, line: 1, column: 1)
  }
}
