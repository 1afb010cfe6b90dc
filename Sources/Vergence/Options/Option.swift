import Support

/// A hyperparameter of a model: a property that `--set` can change.
///
/// The name after `--set` is the property's in snake case: `var batchNorm` is set by `--set batch_norm=true`.
///
/// ```swift
/// @Option("channels of the first stage", in: 1...4096) var width = 64
/// ```
@propertyWrapper
public struct Option<Value: OptionValue> {
  let help: String
  /// What is allowed, as help and errors say it; `nil` when every value of the type is.
  let limits: String?
  let isAllowed: (Value) -> Bool
  /// The value is shared by the copies of one instance of the model, so that it can be set through a mirror of the instance.
  let storage: Storage

  final class Storage {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private init(_ value: Value, _ help: String, limits: String?, _ isAllowed: @escaping (Value) -> Bool) {
    // Not a precondition, which says nothing in a release build: the mistake is the model's.
    guard isAllowed(value) else { fatalError("the option's default '\(value.optionText)' is not \(limits ?? "") (\(help))") }
    self.help = help
    self.limits = limits
    self.isAllowed = isAllowed
    self.storage = Storage(value)
  }

  /// Creates an option that takes every value of its type.
  public init(wrappedValue: Value, _ help: String) {
    self.init(wrappedValue, help, limits: nil) { _ in true }
  }

  /// Creates an option that takes values in `range`.
  public init(wrappedValue: Value, _ help: String, in range: ClosedRange<Value>) where Value: Comparable {
    self.init(wrappedValue, help, limits: "from \(range.lowerBound.optionText) to \(range.upperBound.optionText)", range.contains)
  }

  /// Creates an option that takes one of `choices`.
  public init(wrappedValue: Value, _ help: String, choices: [Value]) {
    self.init(wrappedValue, help, limits: "among " + choices.map(\.optionText).joined(separator: ", "), choices.contains)
  }

  /// The option's value.
  public var wrappedValue: Value { storage.value }
}

/// An option of any type, as the command line sees it.
protocol SettableOption {
  func description(named name: String) -> OptionDescription
  func set(_ name: String, to text: String) throws
}

extension Option: SettableOption {
  func description(named name: String) -> OptionDescription {
    OptionDescription(name: name, help: help, kind: Value.kind, limits: limits, value: storage.value.optionText)
  }

  func set(_ name: String, to text: String) throws {
    guard let value = Value(optionText: text), isAllowed(value) else {
      let allowed = [Value.kind, limits].compactMap(\.self).joined(separator: " ")
      throw Diagnostic("the option '\(name)' takes \(allowed), and got '\(text)'", hint: "\(name)=\(storage.value.optionText) is usual: \(help)")
    }
    storage.value = value
  }
}
