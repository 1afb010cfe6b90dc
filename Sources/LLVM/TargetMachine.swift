/// What machine code is made for: the instruction sets it may use, and the processor it is tuned to.
///
/// Tuning is advice, never a requirement: code made for one tuning runs on every machine that has the instruction sets.
package struct TargetMachine: Hashable, Sendable, Codable {
  /// The architecture, vendor and system, such as `x86_64-pc-linux-gnu`.
  package let triple: String
  /// LLVM's name of the processor whose timings instructions are chosen and ordered by.
  package let tuning: String
  /// The instruction sets that code may use, by LLVM's names, with those that they imply.
  package let features: Set<String>

  /// Creates the target of `triple` with `features` and what they imply.
  ///
  /// - Parameter tuning: the processor to tune to; `nil` chooses one by the features.
  package init(triple: String, features: some Sequence<String>, tuning: String? = nil) {
    let closed = InstructionSets.closure(of: features)
    self.triple = triple
    self.features = closed
    self.tuning = tuning ?? InstructionSets.tuning(for: closed)
  }

  /// The number of 32-bit floats that the widest vector of this target holds: 16, 8 or 4.
  ///
  /// A width counts only with fused multiplication and addition, which the kernels are made of.
  package var floatLanes: Int {
    if features.contains("avx512f") { return 16 }
    return features.isSuperset(of: ["avx2", "fma"]) ? 8 : 4
  }

  /// The number of vector registers that a kernel's tile may fill.
  package var vectorRegisters: Int { floatLanes == 16 ? 32 : 16 }

  /// Whether dot products of bf16 pairs have an instruction.
  package var hasBF16Products: Bool { features.contains("avx512bf16") }

  /// Whether dot products of bf16 pairs have registers that hold matrices.
  package var hasMatrixRegisters: Bool { features.contains("amx-bf16") }

  /// The instruction sets that code for this target needs and `host` lacks, sorted.
  package func missing(from host: TargetMachine) -> [String] {
    features.subtracting(host.features).sorted()
  }

  /// The processor that code must run on, in LLVM's terms: the architecture's oldest, to which `features` add.
  var baseline: String { triple.hasPrefix("x86_64") ? "x86-64" : "generic" }

  /// The features in LLVM's notation, asking for whole 512-bit vectors where they exist.
  var featureString: String {
    let sets = features.sorted().map { "+\($0)" }
    return (features.contains("avx512f") ? sets + ["-prefer-256-bit"] : sets).joined(separator: ",")
  }
}
