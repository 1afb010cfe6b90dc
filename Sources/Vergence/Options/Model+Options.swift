import Support

extension Model {
  /// The options and their present values, in the order they stand in the source.
  package var options: [OptionDescription] { settableOptions.map { $0.option.description(named: $0.name) } }

  /// Sets the options named in `values`, which spell their new values.
  ///
  /// - Errors: a name that no option has; a text that spells no value of the option's, or one outside its limits.
  package func set(_ values: [String: String]) throws {
    let options = settableOptions
    for (name, text) in values.sorted(by: { $0.key < $1.key }) {
      guard let option = options.first(where: { $0.name == name })?.option else {
        let names = options.map(\.name)
        let known = names.isEmpty ? "the model has no options" : "its options are " + names.joined(separator: ", ")
        throw Diagnostic(
          "the model '\(Self.self)' has no option '\(name)'", hint: nearest(to: name, in: names).map { "did you mean '\($0)'?" } ?? known)
      }
      try option.set(name, to: text)
    }
  }

  private var settableOptions: [(name: String, option: any SettableOption)] {
    Mirror(reflecting: self).children.compactMap { child in
      // The storage of a wrapped property 'width' is called '_width'.
      guard let label = child.label, let option = child.value as? any SettableOption else { return nil }
      return (snakeCase(String(label.drop { $0 == "_" })), option)
    }
  }
}

/// Returns `batch_norm` for `batchNorm`.
func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
}
