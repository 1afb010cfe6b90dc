import Support

/// Why an intact plan can't run on this machine; compiling its `program` again mends it.
package enum PlanProblem: Error, Hashable, Sendable {
  /// The machine code uses instruction sets that this machine lacks.
  case missingFeatures([String])
  /// The machine code is for another architecture: `plan`, where this machine is `host`.
  case otherArchitecture(plan: String, host: String)

  /// The problem in a user's terms.
  package var diagnostic: Diagnostic {
    switch self {
    case .missingFeatures(let features):
      Diagnostic(
        "the machine code needs \(features.joined(separator: ", ")), which this machine lacks",
        hint: "compile for this machine: leave '--target-features' out, or compile the plan again")
    case .otherArchitecture(let plan, let host):
      Diagnostic(
        "the plan's machine code is for \(plan), this machine is \(host)",
        hint: "compile the plan again on this machine: it holds the graph it was made from")
    }
  }
}

extension PlanProblem: CustomStringConvertible {
  package var description: String { diagnostic.description }
}

extension Plan {
  /// Returns the instruction sets that the plan's machine code uses and a processor with `host` lacks, sorted.
  package func missingFeatures(host: Set<String>) -> [String] {
    Set(manifest.features).subtracting(host).sorted()
  }

  /// Checks that a machine of `triple` and `features` can run the plan's machine code.
  package func requireRunnable(on triple: String, features: Set<String>) throws(PlanProblem) {
    let (plan, host) = (manifest.triple.prefix { $0 != "-" }, triple.prefix { $0 != "-" })
    guard plan == host else { throw .otherArchitecture(plan: String(plan), host: String(host)) }
    let missing = missingFeatures(host: features)
    guard missing.isEmpty else { throw .missingFeatures(missing) }
  }
}
