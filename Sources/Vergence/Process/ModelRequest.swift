import Support

/// What the command line asks of a user's model, which runs as a process of its own.
package struct ModelRequest: Codable, Sendable {
  /// The options' new values, by name.
  package var options: [String: String]
  /// The images a step; `nil` to ask for the options only.
  package var batch: Int?
  package var mode: Mode

  package init(options: [String: String] = [:], batch: Int? = nil, mode: Mode = .training) {
    self.options = options
    self.batch = batch
    self.mode = mode
  }
}

/// What the model's process answers.
package enum ModelAnswer: Codable, Sendable {
  case options([OptionDescription])
  /// The program in the textual IR, with positions.
  case program(String)
  case mistake(message: String, position: SourcePosition?, hint: String?)

  /// The answer that says what was wrong.
  init(_ error: any Error) {
    let problem = error as? Diagnostic ?? Diagnostic("the model threw \(error)")
    self = .mistake(message: problem.message, position: problem.position, hint: problem.hint)
  }
}
