internal import CLLVM
import Support

/// The owner of LLVM's code generator for one target ([manual](https://llvm.org/docs/CodeGenerator.html)).
struct Generator: ~Copyable {
  let target: TargetMachine
  let reference: LLVMTargetMachineRef

  /// Creates the generator for `target`.
  ///
  /// - Errors: this build of LLVM has no code generator for the target's architecture.
  init(for target: TargetMachine) throws(Diagnostic) {
    _ = Self.nativeTarget
    var found: LLVMTargetRef?
    var message: UnsafeMutablePointer<CChar>?
    guard LLVMGetTargetFromTriple(target.triple, &found, &message) == 0, let found else {
      throw Diagnostic("no code generator for '\(target.triple)': \(adopt(message))", hint: "compile for this machine's own architecture")
    }
    let created = LLVMCreateTargetMachine(
      found, target.triple, target.baseline, target.featureString, LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault)
    guard let created else { throw Diagnostic("LLVM cannot generate code for '\(target.triple)'") }
    self.target = target
    reference = created
  }

  deinit { LLVMDisposeTargetMachine(reference) }

  /// Whether this machine's own code generator is registered; reading it registers it, once a process.
  static let nativeTarget: Bool =
    LLVMInitializeNativeTarget() == 0 && LLVMInitializeNativeAsmPrinter() == 0 && LLVMInitializeNativeAsmParser() == 0
}
