internal import CLLVM
import Glibc
import Support

/// The owner of LLVM's code generator for one target ([manual](https://llvm.org/docs/CodeGenerator.html)).
///
/// One thread at a time uses it. Making one, and what it makes once of the target, takes as long as compiling a small kernel does, so it is worth using again.
package struct Generator: ~Copyable {
  let target: TargetMachine
  let reference: LLVMTargetMachineRef

  /// Creates the generator for `target`.
  ///
  /// - Errors: this build of LLVM has no code generator for the target's architecture.
  package init(for target: TargetMachine) throws(Diagnostic) {
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

  /// What LLVM's code generator is told beside the C interface's settings.
  ///
  /// Kernels' addresses are a register and a displacement already. Reducing their loops' strength once more took a quarter of the time of compiling, and made none of them faster.
  static let options = ["-disable-lsr"]

  /// Whether this machine's own code generator is registered; reading it registers it, once a process.
  static let nativeTarget: Bool = {
    // The first word would be the program's name.
    let words = ([""] + options).map { strdup($0).map { UnsafePointer($0) } }
    LLVMParseCommandLineOptions(Int32(words.count), words, nil)
    for word in words { free(UnsafeMutablePointer(mutating: word)) }
    return LLVMInitializeNativeTarget() == 0 && LLVMInitializeNativeAsmPrinter() == 0 && LLVMInitializeNativeAsmParser() == 0
  }()
}
