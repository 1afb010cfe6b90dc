extension Verb {
  /// The verb's help: summary, usage, arguments, options and examples, made from its declaration.
  var help: String {
    var sections = ["\(summary).", "usage: \(usage)"]
    if !arguments.isEmpty { sections.append(section("arguments", rows: arguments.map { ($0.name, $0.summary) })) }
    sections.append(section("options", rows: options.map { ($0.helpName, $0.helpText) }))
    if !examples.isEmpty { sections.append("examples:\n" + examples.map { "  \($0)" }.joined(separator: "\n")) }
    return sections.joined(separator: "\n\n")
  }

  /// The shape of the command line.
  var usage: String {
    let required = options.filter(\.isRequired).map(\.usage)
    return (["vergence", name] + arguments.map(\.usage) + required + ["[options]"]).joined(separator: " ")
  }
}

/// Returns the help for the whole command line: every verb with its sentence.
func overview(of verbs: [Verb]) -> String {
  let table = section("verbs", rows: verbs.map { ($0.name, $0.summary) })
  return "usage: vergence VERB …\n\n\(table)\n\n'vergence VERB --help' explains a verb, 'vergence --version' tells the version."
}

/// Returns a titled table of two columns.
private func section(_ title: String, rows: [(name: String, text: String)]) -> String {
  let width = (rows.map(\.name.count).max() ?? 0) + 2
  let lines = rows.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))\($0.text)" }
  return "\(title):\n" + lines.joined(separator: "\n")
}

extension ArgumentSpec {
  /// The argument as the usage line shows it.
  fileprivate var usage: String {
    switch count {
    case .one: name
    case .optional: "[\(name)]"
    case .many: "\(name)…"
    }
  }
}

extension OptionSpec {
  /// The left column: every spelling, and the value's placeholder.
  fileprivate var helpName: String { (short.map { "-\($0), " } ?? "") + usage }

  /// The right column: what the option means, and what holds when it isn't given.
  fileprivate var helpText: String {
    let notes = [isRequired ? "required" : nil, isRepeatable ? "repeatable" : nil, standard.map { "default \($0)" }].compactMap { $0 }
    return notes.isEmpty ? summary : "\(summary) (\(notes.joined(separator: ", ")))"
  }
}
