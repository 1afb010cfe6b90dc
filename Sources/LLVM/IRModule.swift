internal import CLLVM
import Support

/// The owner of one module of LLVM IR ([manual](https://llvm.org/docs/LangRef.html)) and of the context it lives in.
///
/// The context is the module's own, so that modules can be worked on in several threads at once.
struct IRModule: ~Copyable {
  private let context: LLVMContextRef
  private let module: LLVMModuleRef
  /// What LLVM's passes and code generators complained of; held here because LLVM keeps an unowned reference to it.
  private let complaints: Complaints

  /// Parses and verifies `text`.
  ///
  /// - Errors: the first mistake in the text, at its line and column of `file`, or the first broken rule.
  init(parsing text: String, file: String) throws(Diagnostic) {
    guard let context = LLVMContextCreate() else { preconditionFailure("LLVM made no context") }
    let complaints = Complaints()
    LLVMContextSetDiagnosticHandler(context, Complaints.receive, Unmanaged.passUnretained(complaints).toOpaque())

    var text = text
    let buffer = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { LLVMCreateMemoryBufferWithMemoryRangeCopy($0.baseAddress, $0.count, file) }
    }
    var parsed: LLVMModuleRef?
    var message: UnsafeMutablePointer<CChar>?
    guard LLVMParseIRInContext(context, buffer, &parsed, &message) == 0, let module = parsed else {
      LLVMContextDispose(context)
      throw Diagnostic(parserMessage: adopt(message), file: file)
    }
    guard LLVMVerifyModule(module, LLVMReturnStatusAction, &message) == 0 else {
      LLVMDisposeModule(module)
      LLVMContextDispose(context)
      throw Diagnostic("'\(file)' breaks LLVM's rules: \(adopt(message))")
    }
    LLVMDisposeMessage(message)
    (self.context, self.module, self.complaints) = (context, module, complaints)
  }

  deinit {
    LLVMDisposeModule(module)
    LLVMContextDispose(context)
  }

  /// The module in LLVM's textual form.
  var text: String { adopt(LLVMPrintModuleToString(module)) }

  /// What the optimiser runs: passes that clean up straight-line code and move what a loop doesn't change out of it.
  ///
  /// LLVM's own list, `default<O2>`, vectorises loops even when its options forbid it: naming that list sets them again.
  static let passes = """
    cgscc(inline),globaldce,function(sroa,simplifycfg,instcombine,loop-mssa(licm),early-cse<memssa>,simplifycfg)
    """

  /// Optimises the module for the generator's target, and leaves its loops in their shape.
  func optimize(with generator: borrowing Generator) throws(Diagnostic) {
    LLVMSetTarget(module, generator.target.triple)
    let layout = LLVMCreateTargetDataLayout(generator.reference)
    LLVMSetModuleDataLayout(module, layout)
    LLVMDisposeTargetData(layout)
    prepareFunctions(tuning: generator.target.tuning)

    let options = LLVMCreatePassBuilderOptions()
    defer { LLVMDisposePassBuilderOptions(options) }
    if let failure = adopt(error: LLVMRunPasses(module, Self.passes, generator.reference, options)) {
      throw Diagnostic("LLVM could not optimise the kernels: \(failure)")
    }
    try complaints.check()
  }

  /// What `emit` makes.
  enum Output { case object, assembly }

  /// Returns the module as machine code or as its text.
  func emit(_ output: Output, with generator: borrowing Generator) throws(Diagnostic) -> [UInt8] {
    var message: UnsafeMutablePointer<CChar>?
    var emitted: LLVMMemoryBufferRef?
    let kind = output == .object ? LLVMObjectFile : LLVMAssemblyFile
    guard LLVMTargetMachineEmitToMemoryBuffer(generator.reference, module, kind, &message, &emitted) == 0, let emitted else {
      throw Diagnostic("LLVM could not compile the kernels: \(adopt(message))")
    }
    defer { LLVMDisposeMemoryBuffer(emitted) }
    try complaints.check()
    return [UInt8](UnsafeRawBufferPointer(start: LLVMGetBufferStart(emitted), count: LLVMGetBufferSize(emitted)))
  }

  /// Marks every function with the processor to tune to, as the code generator itself is set up for the oldest one,
  /// and as one that never unwinds, so that the object needs no unwinding tables.
  private func prepareFunctions(tuning processor: String) {
    let (key, flag) = ("tune-cpu", "nounwind")
    let tuning = LLVMCreateStringAttribute(context, key, UInt32(key.utf8.count), processor, UInt32(processor.utf8.count))
    let neverUnwinds = LLVMCreateEnumAttribute(context, LLVMGetEnumAttributeKindForName(flag, flag.utf8.count), 0)
    let wholeFunction = LLVMAttributeIndex(bitPattern: Int32(LLVMAttributeFunctionIndex))
    var function = LLVMGetFirstFunction(module)
    while let current = function {
      LLVMAddAttributeAtIndex(current, wholeFunction, tuning)
      LLVMAddAttributeAtIndex(current, wholeFunction, neverUnwinds)
      function = LLVMGetNextFunction(current)
    }
  }
}
