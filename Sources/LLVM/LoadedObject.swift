internal import CLLVM
import Support
import Synchronization

/// Relocatable object files, linked into this process and with each other.
///
/// LLVM's ORC does the linking, when the first address is asked for. The code lives as long as the object does.
/// Code may call what `KernelLibrary` lists of the C library, and nothing else of the process.
///
/// ([Manual](https://llvm.org/docs/ORCv2.html))
package final class LoadedObject: @unchecked Sendable {
  // Unchecked because of the pointer: it is never changed, and ORC's sessions take a lock of their own.
  private let jit: LLVMOrcLLJITRef
  private let complaints: SessionComplaints

  /// Loads one object.
  package convenience init(_ bytes: [UInt8]) throws(Diagnostic) { try self.init([bytes]) }

  /// Loads `objects`, ELF objects of this machine's architecture.
  ///
  /// - Errors: bytes that are no such file, or one with parts outside of itself.
  package init(_ objects: [[UInt8]]) throws(Diagnostic) {
    for bytes in objects { try ObjectFile.validate(bytes) }
    guard Generator.nativeTarget else { throw Diagnostic("this build of LLVM has no code generator for this machine") }
    var created: LLVMOrcLLJITRef?
    if let failure = adopt(error: LLVMOrcCreateLLJIT(&created, nil)) { throw Diagnostic("cannot load machine code: \(failure)") }
    guard let jit = created else { preconditionFailure("LLVM made neither a JIT nor an error") }
    self.jit = jit
    complaints = SessionComplaints()
    LLVMOrcExecutionSessionSetErrorReporter(
      LLVMOrcLLJITGetExecutionSession(jit), SessionComplaints.receive, Unmanaged.passUnretained(complaints).toOpaque())

    let library = LLVMOrcLLJITGetMainJITDylib(jit)
    var process: LLVMOrcDefinitionGeneratorRef?
    let generator = LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(&process, LLVMOrcLLJITGetGlobalPrefix(jit), KernelLibrary.admits, nil)
    if let failure = adopt(error: generator) { throw Diagnostic("cannot load machine code: \(failure)") }
    LLVMOrcJITDylibAddGenerator(library, process)

    for bytes in objects {
      let buffer = bytes.withUnsafeBytes {
        LLVMCreateMemoryBufferWithMemoryRangeCopy($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, "kernels.o")
      }
      if let failure = adopt(error: LLVMOrcLLJITAddObjectFile(jit, library, buffer)) {
        throw Diagnostic("cannot load machine code: \(failure)", hint: "compile the plan again")
      }
    }
  }

  deinit {
    // What a session says while it ends concerns code that nobody can call any more.
    LLVMConsumeError(LLVMOrcDisposeLLJIT(jit))
  }

  /// Returns the address of the function or variable that the object calls `symbol`; valid while this object is.
  ///
  /// - Errors: the object has no such symbol, or needs one that kernels may not use.
  package func address(of symbol: String) throws(Diagnostic) -> UnsafeMutableRawPointer {
    var address: LLVMOrcExecutorAddress = 0
    let failure = adopt(error: LLVMOrcLLJITLookup(jit, &address, symbol))
    guard failure == nil, let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else {
      let reasons = [failure].compactMap(\.self) + complaints.taken()
      throw Diagnostic("cannot find '\(symbol)' in the machine code: \(reasons.joined(separator: "; "))", hint: "compile the plan again")
    }
    return pointer
  }
}

/// The errors that a linking session reports beside those that its calls return.
private final class SessionComplaints: Sendable {
  private let messages = Mutex<[String]>([])

  /// Takes one report; `receiver` is the `SessionComplaints` that the session was given.
  static let receive: LLVMOrcErrorReporterFunction = { receiver, error in
    guard let message = adopt(error: error), let receiver else { return }
    Unmanaged<SessionComplaints>.fromOpaque(receiver).takeUnretainedValue().messages.withLock { $0.append(message) }
  }

  /// Returns what was reported since the last call.
  func taken() -> [String] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
