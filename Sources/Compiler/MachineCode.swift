import Codegen
import LLVM
import Loops
import Support

/// The machine code of a step's kernels: each is a module of its own, compiled on whichever thread is free, or taken from the cache.
struct MachineCode {
  /// What became of a kernel.
  struct Part: Sendable {
    let object: [UInt8]
    let seconds: Double
    let wasCached: Bool
  }

  /// What became of each kernel, in order.
  let parts: [Part]

  /// Writes `kernels`, all of which have a function, as LLVM IR.
  static func write(_ kernels: [Kernel], for target: VectorTarget) -> [KernelCode] {
    concurrentMap(kernels) { kernel in
      guard let code = KernelCode(kernel, target: target) else { preconditionFailure("the library's products have no code") }
      return code
    }
  }

  /// Compiles `code` for `machine`.
  ///
  /// - Errors: LLVM can't make code for the machine.
  init(_ code: [KernelCode], for machine: TargetMachine, _ target: VectorTarget, cache folder: String?) throws {
    let cache = folder.flatMap { KernelCache(in: $0, beside: ModuleWriter.frame(target: target), machine) }
    // The longest first, so that no thread is left with one at the end.
    let order = code.indices.sorted { (code[$1].size, $0) < (code[$0].size, $1) }
    let makeGenerator = { @Sendable in Result { () throws(Diagnostic) in try Generator(for: machine) } }
    let results = concurrentMap(order, with: makeGenerator) { i, generator -> Result<Part, Diagnostic> in
      let stopwatch = Stopwatch()
      return Result { () throws(Diagnostic) in
        if let object = cache?.object(code[i]) { return Part(object: object, seconds: stopwatch.elapsed, wasCached: true) }
        let text = ModuleWriter.text([code[i]], target: target)
        let object: [UInt8]
        switch generator {
        case .success(let generator): object = try generator.compile(text)
        case .failure(let problem): throw problem
        }
        cache?.keep(object, of: code[i])
        return Part(object: object, seconds: stopwatch.elapsed, wasCached: false)
      }
    }
    var parts = [Part?](repeating: nil, count: code.count)
    for (i, result) in zip(order, results) { parts[i] = try result.get() }
    self.parts = parts.compactMap(\.self)
    if self.parts.contains(where: { !$0.wasCached }) { cache?.trim() }
  }
}
