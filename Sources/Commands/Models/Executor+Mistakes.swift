import Runtime
import Support

extension Executor {
  /// Runs `steps`, and reports a loss that isn't finite in a user's terms, with the operation that is to blame.
  func reportingMistakes<Result>(_ steps: () throws(NonFiniteLoss) -> Result) throws(Diagnostic) -> Result {
    do {
      return try steps()
    } catch {
      throw Diagnostic("'\(error.output)' is not finite: \(firstNonFinite().map { "\($0)" } ?? "it is \(error.value)")")
    }
  }
}

extension Diagnostic {
  /// The mistake with the name of the plan that it was found in.
  func inPlan(at path: String) -> Diagnostic { Diagnostic("in '\(path)', \(message)", hint: hint) }
}
