import PlanFile
import Runtime
import Support

/// Runs the one of `verbs` that `arguments` name, and returns the exit code.
///
/// Mistakes are told on standard error, and under `--json` also as an object with the key `error`, and `figures` where a program can go on with some:
/// whatever happens, that is one object.
/// - Requires: `arguments` leaves out the program's own name.
package func dispatch(
  _ arguments: [String], to verbs: [Verb],
  standardOutput: @escaping Output.Sink = Output.standardOutput, standardError: @escaping Output.Sink = Output.standardError
) -> Int32 {
  let asksForJSON = arguments.prefix { $0 != "--" }.contains("--json")
  let output = Output(json: asksForJSON, standardOutput: standardOutput, standardError: standardError)
  do {
    let code = try perform(arguments, verbs, output)
    if output.owesJSON { try output.emit(json: ["exit_code": code.rawValue]) }
    return code.rawValue
  } catch let interrupted as Interrupted {
    return 128 + interrupted.signal
  } catch {
    let diagnostic = error as? Diagnostic ?? (error as? PlanProblem)?.diagnostic ?? Diagnostic("\(error)")
    output.warn(diagnostic.description)
    if output.owesJSON { try? output.emit(json: MistakeReport(diagnostic)) }
    return ExitCode.misused.rawValue
  }
}

/// What any verb prints under `--json` where it gives up.
private struct MistakeReport: Encodable {
  let error: String
  let figures: [String: Int]?

  init(_ diagnostic: Diagnostic) {
    error = diagnostic.description
    figures = diagnostic.figures.isEmpty ? nil : diagnostic.figures
  }
}

/// Finds the verb, checks its arguments, and either explains or runs it; or says the version.
private func perform(_ arguments: [String], _ verbs: [Verb], _ output: Output) throws -> ExitCode {
  let words = arguments.first == "--json" ? arguments.dropFirst() : arguments[...]
  guard let word = words.first else {
    throw Diagnostic("no verb is given", hint: "one of \(verbs.map(\.name).joined(separator: ", ")); see 'vergence --help'")
  }
  if ["help", "--help", "-h"].contains(word) {
    let topic = try words.dropFirst().first { !$0.hasPrefix("-") }.map { try find($0, in: verbs) }
    return try explain(topic?.help ?? overview(of: verbs), output)
  }
  if ["--version", "-V"].contains(word) {
    output.say("vergence \(programVersion)")
    try output.emit(json: ["version": programVersion])
    return .done
  }
  let verb = try find(word, in: verbs)
  let parsed = try verb.parse(Array(words.dropFirst()))
  if parsed.flag("help") { return try explain(verb.help, output) }
  if verb.options.contains(where: { $0.name == "threads" }), let threads = parsed.integer(ifGiven: "threads"), threads > availableThreads() {
    output.warn(
      "note: \(threads) threads wait for each other on \(counted(availableThreads(), "processor")), and take longer than as many threads would")
  }
  return try verb.run(parsed, output)
}

/// Returns the verb called `word`.
private func find(_ word: String, in verbs: [Verb]) throws -> Verb {
  if let verb = verbs.first(where: { $0.name == word }) { return verb }
  let hint = nearest(to: word, in: verbs.map(\.name)).map { "did you mean '\($0)'?" }
  throw Diagnostic("there is no verb '\(word)'", hint: hint ?? "see 'vergence --help'")
}

/// Shows `help`, in either form.
private func explain(_ help: String, _ output: Output) throws -> ExitCode {
  output.say(help)
  try output.emit(json: ["help": help])
  return .done
}
