internal import CLLVM

/// The functions outside of themselves that kernels may call.
///
/// LLVM turns loops that fill or copy into the first few, and operations without an instruction into the others.
enum KernelLibrary {
  /// Moving memory, and mathematics by the C library's names in both precisions.
  static let functions: Set<String> = {
    let mathematics = [
      "exp", "exp2", "expm1", "log", "log2", "log1p", "pow", "sin", "cos", "tan", "tanh", "atan", "atan2", "erf", "sqrt", "fma", "fmod", "floor",
      "ceil", "round", "roundeven", "rint", "nearbyint", "trunc", "fmin", "fmax",
    ]
    return Set(["memcpy", "memmove", "memset"] + mathematics + mathematics.map { $0 + "f" })
  }()

  /// Answers the linker whether a symbol may be looked for in the process.
  static let admits: LLVMOrcSymbolPredicate = { _, symbol in
    guard let symbol, let name = LLVMOrcSymbolStringPoolEntryStr(symbol) else { return 0 }
    return functions.contains(String(cString: name)) ? 1 : 0
  }
}
