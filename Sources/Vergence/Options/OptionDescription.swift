/// What is known of a model's option: a line of `--help`.
public struct OptionDescription: Hashable, Sendable, Codable {
  /// The name after `--set`.
  public let name: String
  /// What it decides.
  public let help: String
  /// What a value is: 'a whole number'.
  public let kind: String
  /// Which values are allowed: 'from 1 to 10'; `nil` when all are.
  public let limits: String?
  /// The value, as it would be typed: the default until it is set.
  public let value: String
}

extension OptionDescription: CustomStringConvertible {
  /// The line of help: `width=64  channels of the first stage (a whole number from 1 to 4096)`.
  public var description: String { "\(name)=\(value)  \(help) (\([kind, limits].compactMap(\.self).joined(separator: " ")))" }
}
