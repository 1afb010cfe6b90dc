import Support

/// The declaration of an argument that is told by its place.
package struct ArgumentSpec: Sendable {
  /// How many values an argument may have.
  package enum Count: Sendable {
    /// Exactly one.
    case one
    /// None or one.
    case optional
    /// One or more.
    case many
  }

  /// What help and errors call it, and the verb asks for, in capitals: `PLAN`.
  package let name: String
  /// What values it takes.
  package let kind: ValueKind
  /// How many.
  package let count: Count
  /// What it means, without a full stop.
  package let summary: String

  /// Declares the argument `name`.
  package init(_ name: String, _ summary: String, kind: ValueKind = .text(""), count: Count = .one) {
    self.name = name
    self.kind = kind
    self.count = count
    self.summary = summary
  }
}

/// The declaration of an option `--name`.
package struct OptionSpec: Sendable {
  /// What is typed after the two dashes, and the verb asks for.
  package let name: String
  /// What may be typed after one dash instead.
  package let short: Character?
  /// What values it takes; a flag takes none.
  package let kind: ValueKind?
  /// Whether the verb can't do without it.
  package let isRequired: Bool
  /// Whether it may be given more than once.
  package let isRepeatable: Bool
  /// The value it has when it isn't given, as it would be typed.
  package let standard: String?
  /// What it means, without a full stop.
  package let summary: String

  /// Declares the option `--name VALUE`.
  ///
  /// - Requires: `standard`, if any, is a value of `kind`.
  package init(
    _ name: String, short: Character? = nil, _ kind: ValueKind, _ summary: String, required: Bool = false, repeatable: Bool = false,
    default standard: String? = nil
  ) {
    precondition(!required || standard == nil, "'--\(name)' is required, so its default is never used")
    self.name = name
    self.short = short
    self.kind = kind
    self.isRequired = required
    self.isRepeatable = repeatable
    self.standard = standard
    self.summary = summary
  }

  /// Declares the option `--name` that takes no value.
  package init(flag name: String, short: Character? = nil, _ summary: String) {
    self.name = name
    self.short = short
    self.kind = nil
    self.isRequired = false
    self.isRepeatable = false
    self.standard = nil
    self.summary = summary
  }

  /// The option as help shows it: `--capacity N`.
  var usage: String { "--\(name)" + (kind.map { " \($0.placeholder)" } ?? "") }

  /// What a mistake with it hints at: `--capacity N: the bytes it must fit in`.
  var explanation: String { "\(usage): \(summary)" + (standard.map { " (default \($0))" } ?? "") }
}
