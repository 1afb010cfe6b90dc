import Codegen
import LLVM
import Loops
import Support

/// The machine code of a step's kernels: its modules, each compiled on whichever thread is free, or taken from the cache.
struct MachineCode: Sendable {
  /// What became of a module.
  struct Part: Sendable {
    let object: [UInt8]
    let seconds: Double
    let wasCached: Bool
  }

  /// The functions as LLVM IR, each once.
  let modules: [KernelModule]
  /// The name of each kernel's function; `nil` for what a library makes.
  let symbols: [String?]
  /// What became of each module.
  let parts: [Part]

  /// Writes and compiles `kernels` as `options` ask.
  ///
  /// - Errors: LLVM can't make code for the machine.
  init(_ kernels: [Kernel], _ options: CompilerOptions, _ stopwatch: Stopwatch) throws {
    let target = options.vectorTarget
    let code = stopwatch.time("code") { concurrentMap(kernels) { KernelCode($0, target: target) } }
    symbols = code.map { $0?.symbol }
    // Kernels may differ in what nothing comes of, such as the names of two buffers that are never apart.
    var seen: Set<String> = []
    let different = code.compactMap(\.self).filter { seen.insert($0.symbol).inserted }
    modules = stopwatch.time("families") { KernelModule.modules(of: different) }
    parts = try stopwatch.time("llvm") { [modules] in try MachineCode.compile(modules, for: options.target, target, cache: options.cache) }
  }

  private static func compile(
    _ modules: [KernelModule], for machine: TargetMachine, _ target: VectorTarget, cache folder: String?
  ) throws -> [Part] {
    let cache = folder.flatMap { KernelCache(in: $0, beside: ModuleWriter.frame(target: target), machine) }
    // The longest first, so that no thread is left with one at the end.
    let order = modules.indices.sorted { (modules[$1].size, $0) < (modules[$0].size, $1) }
    let makeGenerator = { @Sendable in Result { () throws(Diagnostic) in try Generator(for: machine) } }
    let results = concurrentMap(order, with: makeGenerator) { i, generator -> Result<Part, Diagnostic> in
      let stopwatch = Stopwatch()
      return Result { () throws(Diagnostic) in
        if let object = cache?.object(modules[i]) { return Part(object: object, seconds: stopwatch.elapsed, wasCached: true) }
        let text = ModuleWriter.text(modules[i], target: target)
        let object: [UInt8]
        switch generator {
        case .success(let generator): object = try generator.compile(text)
        case .failure(let problem): throw problem
        }
        cache?.keep(object, of: modules[i])
        return Part(object: object, seconds: stopwatch.elapsed, wasCached: false)
      }
    }
    var parts = [Part?](repeating: nil, count: modules.count)
    for (i, result) in zip(order, results) { parts[i] = try result.get() }
    if parts.contains(where: { $0?.wasCached == false }) { cache?.trim() }
    return parts.compactMap(\.self)
  }
}
