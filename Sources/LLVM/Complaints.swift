internal import CLLVM
import Support

/// The errors that LLVM reports of a module while it works on it.
///
/// Without a receiver LLVM prints such an error and ends the process.
final class Complaints {
  private var messages: [String] = []

  /// Takes one report; `receiver` is the `Complaints` that the context was given.
  static let receive: LLVMDiagnosticHandler = { report, receiver in
    guard let receiver, LLVMGetDiagInfoSeverity(report) == LLVMDSError else { return }
    Unmanaged<Complaints>.fromOpaque(receiver).takeUnretainedValue().messages.append(adopt(LLVMGetDiagInfoDescription(report)))
  }

  /// Throws what was reported, if anything was.
  func check() throws(Diagnostic) {
    guard !messages.isEmpty else { return }
    throw Diagnostic("LLVM cannot make machine code of the kernels: \(messages.joined(separator: "; "))")
  }
}
