/// An index into an arena, told apart from the indices of other arenas by its type.
public protocol TypedID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The position in the arena.
  var index: Int { get }
  /// Creates the id of position `index`.
  init(index: Int)
}

extension TypedID {
  /// Whether `a` was made before `b`.
  public static func < (a: Self, b: Self) -> Bool { a.index < b.index }
  /// The index.
  public var description: String { "\(index)" }
}
