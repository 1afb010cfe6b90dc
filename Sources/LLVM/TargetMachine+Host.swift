internal import CLLVM
internal import CProcessor
import Support

extension TargetMachine {
  /// Returns the machine that this process runs on, with its instruction sets that concern kernels.
  ///
  /// LLVM 15 does not know younger processors by name and then calls them `generic`, or by the name of an older one of
  /// the family that had no AVX-512: the tuning is chosen by the features in both cases. Matrix registers count where the system lets the process use them;
  /// asking for the host asks for that too.
  package static func host() -> TargetMachine {
    let signed = hostFeatures()
    // Kernels that fill them take AVX-512's conversions too.
    let hasMatrices = signed["amx-tile"] == true && signed["avx512bf16"] == true && vergence_ask_for_matrix_registers()
    let features = InstructionSets.closure(
      of: signed.filter(\.value).keys.filter { InstructionSets.concernsKernels($0) && (hasMatrices || !$0.hasPrefix("amx")) })
    let name = adopt(LLVMGetHostCPUName())
    let saysLess = name == "generic" || (name.hasPrefix("znver") && features.contains("avx512f"))
    return TargetMachine(triple: adopt(LLVMGetDefaultTargetTriple()), features: features, tuning: saysLess ? nil : name)
  }

  /// Creates a target of this machine's architecture from a user's list, such as `avx2,fma`.
  ///
  /// - Errors: an entry that is no instruction set's name.
  package init(parsing list: String) throws(Diagnostic) {
    let known = Self.hostFeatures().keys
    let names = list.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    if let unknown = names.first(where: { !known.contains($0) }) {
      let hint = nearest(to: unknown, in: known).map { "did you mean '\($0)'?" } ?? "name instruction sets as LLVM does, such as 'avx2,fma'"
      throw Diagnostic("unknown target feature '\(unknown)'", hint: hint)
    }
    self.init(triple: adopt(LLVMGetDefaultTargetTriple()), features: names)
  }

  /// The instruction sets that LLVM can detect here, each with whether this processor has it.
  private static func hostFeatures() -> [String: Bool] {
    let signed = adopt(LLVMGetHostCPUFeatures()).split(separator: ",").map { ($0.dropFirst(), $0.first == "+") }
    return Dictionary(signed.map { (String($0), $1) }, uniquingKeysWith: { $0 && $1 })
  }
}
