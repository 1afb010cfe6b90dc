/// One word of the command line: what it takes, how it is explained, and what it does.
///
/// Parsing, checking and help follow from the declaration. Every verb also takes `--help` and `--json`.
package struct Verb: Sendable {
  /// The word that is typed.
  package let name: String
  /// One sentence, without its full stop.
  package let summary: String
  /// The arguments without a name, in order; only the last may be optional or repeated.
  package let arguments: [ArgumentSpec]
  /// The named options, `help` and `json` included.
  package let options: [OptionSpec]
  /// Whole command lines that work, shown by `--help`.
  package let examples: [String]
  /// Does the work; a thrown diagnostic ends in exit code 2.
  package let run: @Sendable (ParsedArguments, Output) throws -> ExitCode

  /// Declares the verb `name`.
  ///
  /// - Requires: names are unique, and only the last argument is optional or repeated.
  package init(
    _ name: String, _ summary: String, arguments: [ArgumentSpec] = [], options: [OptionSpec] = [], examples: [String],
    run: @escaping @Sendable (ParsedArguments, Output) throws -> ExitCode
  ) {
    self.name = name
    self.summary = summary
    self.arguments = arguments
    self.options = options + OptionSpec.common
    self.examples = examples
    self.run = run
    let names = self.arguments.map(\.name) + self.options.map(\.name)
    precondition(Set(names).count == names.count, "'\(name)' declares a name twice: \(names)")
    precondition(arguments.dropLast().allSatisfy { $0.count == .one }, "only the last argument of '\(name)' may be optional or repeated")
  }

  /// The option that is spelled `--name` or, by its short name, `-x`.
  func option(spelled spelling: Substring) -> OptionSpec? {
    options.first { spelling == "--\($0.name)" || $0.short.map { spelling == "-\($0)" } == true }
  }
}

extension OptionSpec {
  /// The options of every verb.
  static let common = [
    OptionSpec(flag: "json", "print one JSON object on standard output, and the text for people on standard error"),
    OptionSpec(flag: "help", short: "h", "show this help"),
  ]
}
