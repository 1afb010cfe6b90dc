import Codegen
import LLVM
import Loops
import Support

/// The machine code of a step's kernels: each is a module of its own, compiled on whichever thread is free, or taken from the cache.
struct MachineCode: Sendable {
  /// What became of a kernel.
  struct Part: Sendable {
    let object: [UInt8]
    let seconds: Double
    let wasCached: Bool
  }

  /// The functions as LLVM IR, each once.
  private(set) var code: [KernelCode] = []
  /// The name of each kernel's function; `nil` for what a library makes.
  private(set) var symbols: [String?] = []
  /// What became of each function.
  private(set) var parts: [Part] = []

  /// Writes and compiles `kernels` as `options` ask.
  ///
  /// - Errors: LLVM can't make code for the machine.
  init(_ kernels: [Kernel], _ options: CompilerOptions, _ stopwatch: Stopwatch) throws {
    let target = options.vectorTarget
    // Kernels may differ in what nothing comes of, such as the names of two buffers that are never apart.
    var seen: Set<String> = []
    for own in stopwatch.time("code", { concurrentMap(kernels) { KernelCode($0, target: target) } }) {
      symbols.append(own?.symbol)
      if let own, seen.insert(own.symbol).inserted { code.append(own) }
    }
    parts = try stopwatch.time("llvm") { try MachineCode.compile(code, for: options.target, target, cache: options.cache) }
  }

  private static func compile(
    _ code: [KernelCode], for machine: TargetMachine, _ target: VectorTarget, cache folder: String?
  ) throws -> [Part] {
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
    if parts.contains(where: { $0?.wasCached == false }) { cache?.trim() }
    return parts.compactMap(\.self)
  }
}
