import Support

extension Verb {
  /// Checks what was typed after the verb against its declaration.
  ///
  /// Options and arguments may be mixed; after `--` everything is an argument.
  /// - Errors: an unknown or repeated option, a missing or superfluous value, a value of the wrong kind; each says what to type.
  func parse(_ typed: [String]) throws -> ParsedArguments {
    var parsed = ParsedArguments(declared: Set(arguments.map(\.name) + options.map(\.name)))
    var positional = [String]()
    var rest = typed[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positional += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        continue
      }
      try take(option: word, from: &rest, into: &parsed)
    }
    // Help is given whatever else is missing.
    if parsed.flag("help") { return parsed }
    try take(arguments: positional, into: &parsed)
    parsed.typed = Set(parsed.values.keys)
    try complete(&parsed)
    return parsed
  }

  /// Takes the option typed as `word`, and its value from `rest` unless `word` holds it.
  private func take(option word: String, from rest: inout ArraySlice<String>, into parsed: inout ParsedArguments) throws {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let option = option(spelled: parts[0]) else { throw unknown(option: parts[0]) }
    let given = parsed.values[option.name] ?? []
    if !given.isEmpty && !option.isRepeatable { throw Diagnostic("'--\(option.name)' is given twice", hint: usageHint) }
    guard let kind = option.kind else {
      guard parts.count == 1 else { throw Diagnostic("'--\(option.name)' takes no value", hint: usageHint) }
      parsed.values[option.name] = [.present]
      return
    }
    let text: String
    if parts.count == 2 {
      text = String(parts[1])
    } else if let next = rest.first, !next.hasPrefix("--"), self.option(spelled: next[...]) == nil {
      text = rest.removeFirst()
    } else {
      throw Diagnostic("'--\(option.name)' needs a value", hint: option.explanation)
    }
    let value = try kind.value(of: text, for: "'--\(option.name)'", hint: option.explanation)
    if case .setting(let key, _) = value, given.contains(where: { if case .setting(key, _) = $0 { true } else { false } }) {
      throw Diagnostic("'--\(option.name)' sets '\(key)' twice", hint: "leave one of them out")
    }
    parsed.values[option.name] = given + [value]
  }

  /// Gives the words told by place to the declared arguments in order.
  private func take(arguments words: [String], into parsed: inout ParsedArguments) throws {
    var rest = words[...]
    for argument in arguments {
      guard let first = rest.popFirst() else {
        if argument.count == .optional { break }
        throw Diagnostic("'\(name)' needs \(argument.name): \(argument.summary)", hint: usageHint)
      }
      var taken = [first]
      if argument.count == .many {
        taken += rest
        rest = []
      }
      parsed.values[argument.name] = try taken.map {
        try argument.kind.value(of: $0, for: argument.name, hint: "\(argument.name): \(argument.summary)")
      }
    }
    if let surplus = rest.first { throw Diagnostic("'\(name)' does not know what to do with '\(surplus)'", hint: usageHint) }
  }

  /// Puts in the defaults of what wasn't given.
  private func complete(_ parsed: inout ParsedArguments) throws {
    for option in options where parsed.values[option.name] == nil {
      if option.isRequired { throw Diagnostic("'\(name)' needs \(option.usage): \(option.summary)", hint: usageHint) }
      if let kind = option.kind, let standard = option.standard {
        parsed.values[option.name] = [try kind.value(of: standard, for: "the default of '--\(option.name)'", hint: option.explanation)]
      }
    }
  }

  /// The report of an option that this verb doesn't have.
  private func unknown(option spelling: Substring) -> Diagnostic {
    let known = options.map { "--\($0.name)" }
    let hint = nearest(to: String(spelling), in: known).map { "did you mean '\($0)'?" }
    return Diagnostic("'\(name)' has no option '\(spelling)'", hint: hint ?? usageHint)
  }

  /// Where to read how the verb is used.
  private var usageHint: String { "see 'vergence \(name) --help'" }
}
