import Glibc
import Support

/// The checked values of one command line, by the names their verb declared.
///
/// Asking for a name that isn't declared, or as another kind than declared, is a mistake of the verb's: a precondition.
package struct ParsedArguments: Sendable {
  /// The names that may be asked for.
  let declared: Set<String>
  /// The values of every name that was given or has a default, in the order they were typed.
  var values: [String: [ArgumentValue]] = [:]
  /// The names that were typed; the others have their defaults.
  var typed: Set<String> = []

  /// Whether the flag `name` was given.
  package func flag(_ name: String) -> Bool { !all(name).isEmpty }

  /// The text of `name`, which is required or has a default.
  package func text(_ name: String) -> String { known(text(ifGiven: name), name) }
  /// The text of `name`, if given.
  package func text(ifGiven name: String) -> String? { texts(name).first }
  /// Every text given for `name`.
  package func texts(_ name: String) -> [String] { all(name).map { if case .text(let text) = $0 { text } else { mismatch(name) } } }

  /// The whole number or byte count of `name`, which is required or has a default.
  package func integer(_ name: String) -> Int { known(integer(ifGiven: name), name) }
  /// The whole number or byte count of `name`, if given.
  package func integer(ifGiven name: String) -> Int? { integers(name).first }
  /// Every whole number or byte count given for `name`.
  package func integers(_ name: String) -> [Int] { all(name).map { if case .integer(let number) = $0 { number } else { mismatch(name) } } }

  /// The number of `name`, which is required or has a default.
  package func number(_ name: String) -> Double { known(number(ifGiven: name), name) }
  /// The number of `name`, if given.
  package func number(ifGiven name: String) -> Double? {
    all(name).first.map { if case .number(let number) = $0 { number } else { mismatch(name) } }
  }

  /// The settings given for the repeatable option `name`, each key once.
  package func settings(_ name: String) -> [String: String] {
    var settings = [String: String]()
    for value in all(name) {
      guard case .setting(let key, let text) = value else { mismatch(name) }
      settings[key] = text
    }
    return settings
  }

  /// Checks that none of the options `names` was typed, since each `problem`.
  ///
  /// - Parameter hint: says what to do, given the options as they would be typed again: `--batch 64 --set width=8`.
  /// - Errors: some were typed, and would have been ignored.
  package func refuse(_ names: [String], _ problem: String, hint: (String) -> String = { _ in "leave it out" }) throws {
    let words = names.filter(typed.contains).flatMap { name in all(name).map { "--\(name)" + $0.suffix } }.joined(separator: " ")
    if !words.isEmpty { throw Diagnostic("'\(words)' \(problem)", hint: hint(words)) }
  }

  /// Refuses what `--out` could not or should not write, before the work for it is done: a model's source, and what `requireWritable` refuses.
  package func requireUsableOutput() throws {
    guard let path = text(ifGiven: "out") else { return }
    if [".swift", ".vir"].contains(where: path.hasSuffix), access(path, F_OK) == 0 {
      throw Diagnostic("'\(path)' is a model's source, which '--out' would overwrite", hint: "give the name of another file")
    }
    try requireWritable(path)
  }

  /// The values of the declared `name`.
  private func all(_ name: String) -> [ArgumentValue] {
    precondition(declared.contains(name), "the verb does not declare '\(name)'")
    return values[name] ?? []
  }

  /// The value, which the declaration promises.
  private func known<Value>(_ value: Value?, _ name: String) -> Value {
    guard let value else { preconditionFailure("'\(name)' is neither required nor has a default: ask 'ifGiven'") }
    return value
  }

  /// Ends the program: the verb asks for another kind than it declared.
  private func mismatch(_ name: String) -> Never { preconditionFailure("'\(name)' is declared as another kind") }
}
