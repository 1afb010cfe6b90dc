/// A type whose values can be typed after `--set NAME=`.
public protocol OptionValue: Equatable, Sendable {
  /// What a value is, as help and errors say it: 'a whole number'.
  static var kind: String { get }
  /// Creates the value that `text` spells, or `nil` when it spells none.
  init?(optionText text: String)
  /// The value as it would be typed.
  var optionText: String { get }
}

extension Int: OptionValue {
  /// What help and errors say.
  public static var kind: String { "a whole number" }
  /// Creates the value that `text` spells.
  public init?(optionText text: String) { self.init(text) }
  /// The text that spells the value.
  public var optionText: String { String(self) }
}

extension Double: OptionValue {
  /// What help and errors say.
  public static var kind: String { "a number" }
  /// Creates the number; infinities and 'nan' are refused.
  public init?(optionText text: String) {
    guard let number = Double(text), number.isFinite else { return nil }
    self = number
  }
  /// The text that spells the value.
  public var optionText: String { self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(self) }
}

extension Bool: OptionValue {
  /// What help and errors say.
  public static var kind: String { "true or false" }
  /// Creates the truth value of 'true', 'false', '1', '0', 'yes' or 'no'.
  public init?(optionText text: String) {
    switch text {
    case "true", "1", "yes": self = true
    case "false", "0", "no": self = false
    default: return nil
    }
  }
  /// The text that spells the value.
  public var optionText: String { String(self) }
}

extension String: OptionValue {
  /// What help and errors say.
  public static var kind: String { "a text" }
  /// Creates the value that `text` spells.
  public init?(optionText text: String) { self = text }
  /// The text that spells the value.
  public var optionText: String { self }
}

/// Lists are typed with commas: `--set milestones=250,280`.
extension Array: OptionValue where Element: OptionValue {
  /// What help and errors say.
  public static var kind: String { "a list, each \(Element.kind)" }
  /// Creates the list; spaces around its items don't count.
  public init?(optionText text: String) {
    let items = text.split(separator: ",").map { Element(optionText: String($0.trimming(while: { $0 == " " }))) }
    guard !items.contains(where: { $0 == nil }) else { return nil }
    self = items.compactMap(\.self)
  }
  /// The text that spells the value.
  public var optionText: String { map(\.optionText).joined(separator: ", ") }
}

extension Substring {
  /// The text without what `isBlank` holds for at either end.
  fileprivate func trimming(while isBlank: (Character) -> Bool) -> Substring {
    let start = drop(while: isBlank)
    return start.lastIndex { !isBlank($0) }.map { start[...$0] } ?? ""
  }
}
