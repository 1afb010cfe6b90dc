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
    OptionSpec("set", .setting(example: "width=64"), "gives one of the model's options a value", repeatable: true),
    OptionSpec("batch", .integer(1...1_000_000), "images a step", default: "200"),
    OptionSpec("mode", .choice(["training", "inference"]), "the training step, or the frozen model", default: "training"),
  ]

  /// How a model is compiled.
  static let ofCompiler: [OptionSpec] = [
    OptionSpec("precision", .choice(Precision.allCases.map(\.rawValue)), "the numbers that activations are kept in", default: Precision.f32.rawValue),
    OptionSpec(
      "products", .choice(CompilerOptions.ProductRoute.allCases.map(\.rawValue)), "how matrix products are made: generated tiles, or OpenBLAS",
      default: CompilerOptions.ProductRoute.tiles.rawValue),
    OptionSpec(
      "convolutions", .choice(ConvolutionRoute.allCases.map(\.rawValue)),
      "how convolutions in f32 are made: with fewer multiplications where that gains time, never, or wherever that saves products",
      default: ConvolutionRoute.auto.rawValue),
    .tile, .caches, .memoryBudget, .targetFeatures,
  ]

  /// Register tiles of a user's choice.
  static let tile = OptionSpec(
    "tile", .setting(example: "to_weights=8x2@256"),
    "takes a tile of vector registers for a pass, for experiments: to_weights=8x2@256 is rows, vectors, a sweep", repeatable: true)

  /// The caches that products are cut for.
  static let caches = OptionSpec("caches", .text("L1,L2"), "the caches of a core to cut products for, such as 32KiB,1MiB (default this machine's)")

  /// How much a plan's intermediates may take.
  static let memoryBudget = OptionSpec(
    "memory-budget", .byteSize, "the most that the step's intermediates may take: what must be is made again (default what is needed without)")

  /// The instruction sets that code may use.
  static let targetFeatures = OptionSpec(
    "target-features", .text("LIST"), "the instruction sets to use, such as avx2,fma (default this machine's)")

  /// How many threads run a plan.
  static let threads = OptionSpec("threads", .integer(1...1024), "threads that run the plan (default as many as the process may use)")

  /// A program in the textual IR in the place of a model.
  static let from = OptionSpec("from", .text("FILE.vir"), "a program in the textual IR, in the place of MODEL")
}

extension ParsedArguments {
  /// What the options of `OptionSpec.ofCompiler` were given, or stand for where they weren't.
  ///
  /// - Errors: an unknown instruction set, a tile that doesn't fit.
  func compilerOptions() throws -> CompilerOptions {
    var options = CompilerOptions(target: try target ?? .host())
    options.precision = text(ifGiven: "precision").flatMap(Precision.init(rawValue:)) ?? options.precision
    options.caches = try caches ?? options.caches
    options.memoryBudget = integer(ifGiven: "memory-budget")
    options.convolutions = text(ifGiven: "convolutions").flatMap(ConvolutionRoute.init(rawValue:)) ?? options.convolutions
    options.products = text(ifGiven: "products").flatMap(CompilerOptions.ProductRoute.init(rawValue:)) ?? options.products
    options.tiles = try settings("tile").sorted { $0.key < $1.key }.map {
      try TileOverride(parsing: "\($0.key)=\($0.value)", for: options.vectorTarget)
    }
    return try options.caching()
  }

  /// The machine of the instruction sets that `--target-features` lists, if given.
  var target: TargetMachine? { get throws { try text(ifGiven: "target-features").map { try TargetMachine(parsing: $0) } } }

  /// What `--caches` says, if given.
  var caches: CacheSizes? { get throws { try text(ifGiven: "caches").map(cacheSizes) } }

  /// The sizes that `text` spells.
  ///
  /// - Errors: they aren't two, or not such as a core's caches can be.
  private func cacheSizes(_ text: String) throws -> CacheSizes {
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let hint = "a core's first and second cache, such as 32KiB,1MiB"
    func range(_ bytes: ClosedRange<Int>) -> String { "from \(bytes.lowerBound >> 10)KiB to \(bytes.upperBound >> 10)KiB" }
    guard words.count == 2 else { throw Diagnostic("'--caches' must be two sizes, not '\(text)'", hint: hint) }
    let first = try byteCount(of: words[0], for: "the first size of '--caches'")
    let second = try byteCount(of: words[1], for: "the second size of '--caches'")
    guard CacheSizes.firsts.contains(first), CacheSizes.seconds.contains(second), first <= second else {
      throw Diagnostic(
        "'--caches \(text)' says sizes that no core's caches have",
        hint: "\(hint): the first \(range(CacheSizes.firsts)), the second \(range(CacheSizes.seconds)) and no smaller than the first")
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
      guard (path as NSString).pathExtension == "vir" else {
        throw Diagnostic("'--from' takes a .vir file, not '\(path)'", hint: "name a model of another kind by its place, without '--from'")
      }
      return path
    case (nil, nil): throw Diagnostic("no model is given", hint: "name one, or a file with '--from FILE.vir'")
    case (let name?, let path?): throw Diagnostic("two models are given: '\(name)' and '\(path)'", hint: "leave one out")
    }
  }

  /// The program of the model called `name`, with the options that were given, and what it is compiled for.
  ///
  /// - Errors: see `ModelSource`; a batch for a textual graph.
  func program(of name: String) throws -> (program: Program, purpose: Compiler.Purpose) {
    let model = try ModelSource.resolve(name)
    if case .program = model { try refuseBatch(ofTextualGraph: name) }
    let mode: Mode = text("mode") == "training" ? .training : .inference
    let program = try model.program(options: settings("set"), batch: integer("batch"), mode: mode)
    // A textual graph without a recipe can only be run.
    return (program, mode == .training && program.training != nil ? .training : .inference(outputs: nil))
  }

  /// Checks that no batch was typed for the textual graph called `name`.
  func refuseBatch(ofTextualGraph name: String) throws {
    try refuse(["batch"], "has no effect on '\(name)': the shapes of a textual graph are fixed") { _ in
      "leave it out, or give the model that it was made from"
    }
  }

  /// Checks that nothing was typed that was decided when the plan at `path` was compiled.
  func refuseOptions(fixedInPlan path: String) throws {
    try refuse((OptionSpec.ofModel + OptionSpec.ofCompiler).map(\.name), "comes too late for the plan '\(path)', which has it fixed") {
      "compile the model again with '\($0)', or leave it out"
    }
  }
}
