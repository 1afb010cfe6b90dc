import Compiler
import Foundation
import Graph
import LLVM
import Passes
import Support
import Vergence

extension OptionSpec {
  /// Which program of a model is meant.
  static let ofModel: [OptionSpec] = [
    OptionSpec("set", .setting, "gives one of the model's options a value", repeatable: true),
    OptionSpec("batch", .integer(1...1_000_000), "images a step", default: "200"),
  ]

  /// How a model is compiled.
  static let ofCompiler: [OptionSpec] = [
    OptionSpec("precision", .choice(Precision.allCases.map(\.rawValue)), "the numbers that activations are kept in", default: Precision.f32.rawValue),
    OptionSpec(
      "products", .choice(CompilerOptions.ProductRoute.allCases.map(\.rawValue)), "how matrix products are made: generated tiles, or OpenBLAS",
      default: CompilerOptions.ProductRoute.tiles.rawValue),
    OptionSpec("tile", .setting, "takes a register tile for a pass, for experiments: to_weights=8x2@256 is rows, vectors, a sweep", repeatable: true),
    OptionSpec("caches", .text("L1,L2"), "the caches of a core to cut products for, such as 32KiB,1MiB (default this machine's)"),
    .memoryBudget,
    OptionSpec("target-features", .text("LIST"), "the instruction sets to use, such as avx2,fma (default this machine's)"),
  ]

  /// How much a plan's intermediates may take.
  static let memoryBudget = OptionSpec(
    "memory-budget", .byteSize, "the most that the step's intermediates may take: what must be is made again (default what is needed without)")

  /// How many threads run a plan.
  static let threads = OptionSpec("threads", .integer(1...1024), "threads that run the plan (default as many as the process may use)")

  /// A program in the textual IR in the place of a model.
  static let from = OptionSpec("from", .text("FILE.vir"), "a program in the textual IR, in the place of MODEL")
}

extension ParsedArguments {
  /// What `OptionSpec.ofCompiler` was given.
  ///
  /// - Errors: an unknown instruction set, a tile that doesn't fit.
  func compilerOptions() throws -> CompilerOptions {
    var options = CompilerOptions(target: try text(ifGiven: "target-features").map { try TargetMachine(parsing: $0) } ?? .host())
    options.precision = Precision(rawValue: text("precision")) ?? .f32
    options.caches = try text(ifGiven: "caches").map(cacheSizes) ?? options.caches
    options.memoryBudget = integer(ifGiven: "memory-budget")
    options.products = CompilerOptions.ProductRoute(rawValue: text("products")) ?? .tiles
    options.tiles = try settings("tile").sorted { $0.key < $1.key }.map {
      try TileOverride(parsing: "\($0.key)=\($0.value)", for: options.vectorTarget)
    }
    return options.caching()
  }

  /// The sizes that `text` spells.
  private func cacheSizes(_ text: String) throws -> CacheSizes {
    let sizes = text.split(separator: ",", omittingEmptySubsequences: false).map { byteCount(of: String($0)) }
    guard sizes.count == 2, let first = sizes[0], let second = sizes[1] else {
      throw Diagnostic("'--caches' must be two sizes, not '\(text)'", hint: "a core's first and second cache: 32KiB,1MiB")
    }
    return CacheSizes(first: first, second: second)
  }

  /// The MODEL that is named by its place or by `--from`.
  ///
  /// - Errors: both or neither are given.
  func modelName() throws -> String {
    switch (text(ifGiven: "MODEL"), text(ifGiven: "from")) {
    case (let name?, nil): return name
    case (nil, let path?):
      guard (path as NSString).pathExtension == "vir" else { throw Diagnostic("'--from' takes a .vir file, not '\(path)'") }
      return path
    case (nil, nil): throw Diagnostic("no model is given", hint: "name one, or a file with '--from FILE.vir'")
    case (let name?, let path?): throw Diagnostic("two models are given: '\(name)' and '\(path)'", hint: "leave one out")
    }
  }

  /// The program of the model called `name`, with the options that were given.
  func program(of name: String, mode: Mode) throws -> Program {
    try ModelSource.resolve(name).program(options: settings("set"), batch: integer("batch"), mode: mode)
  }
}
