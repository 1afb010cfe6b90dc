import Support

extension Generator {
  /// Compiles the LLVM IR in `text` to a relocatable object file.
  ///
  /// The text is verified and optimised first. No loop is vectorised or unrolled on the way: vectors and register tiles are
  /// written out by the code generator, and the loops around them must stay as they are.
  ///
  /// - Parameter file: the name that errors call the text by.
  /// - Errors: text that is no LLVM IR, with its line and column; a module that breaks LLVM's rules; a target that this LLVM cannot make code for.
  package borrowing func compile(_ text: String, file: String = "kernels.ll") throws(Diagnostic) -> [UInt8] {
    let module = try IRModule(parsing: text, file: file)
    try module.optimize(with: self)
    return try module.emit(.object, with: self)
  }
}

/// Compiles the LLVM IR in `text` for `target` with a generator of its own; see `Generator.compile`.
///
/// May be called on many threads at once.
package func compile(_ text: String, for target: TargetMachine, file: String = "kernels.ll") throws(Diagnostic) -> [UInt8] {
  try Generator(for: target).compile(text, file: file)
}

/// Returns the assembly, in the target's usual notation, of what `compile` makes of `text`.
package func assembly(of text: String, for target: TargetMachine, file: String = "kernels.ll") throws(Diagnostic) -> String {
  let generator = try Generator(for: target)
  let module = try IRModule(parsing: text, file: file)
  try module.optimize(with: generator)
  return String(decoding: try module.emit(.assembly, with: generator), as: UTF8.self)
}

/// Returns `text` as it stands after LLVM's optimiser, before instructions are chosen.
package func optimized(_ text: String, for target: TargetMachine, file: String = "kernels.ll") throws(Diagnostic) -> String {
  let generator = try Generator(for: target)
  let module = try IRModule(parsing: text, file: file)
  try module.optimize(with: generator)
  return module.text
}

/// What else than a module's text decides what becomes of it for `target`: LLVM's release, the passes that are run, what the code generator is told, and the machine.
package func pipeline(for target: TargetMachine) -> String {
  "LLVM 15 \(IRModule.passes)\(Generator.options.joined())\n\(target.triple) \(target.tuning) \(target.features.sorted())"
}
