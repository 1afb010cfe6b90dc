import LLVM
import Passes
import PlanFile
import Support

extension CompilerOptions {
  /// What a plan's manifest keeps of the options and of what was compiled: all that `init(recordedIn:for:)` needs to do it again.
  func record(_ purpose: Compiler.Purpose) -> [String: String] {
    var record = ["products": products.rawValue, "precision": precision.rawValue]
    record["convolutions"] = convolutions.rawValue
    record["caches"] = caches.text
    record["purpose"] = purpose == .training ? "training" : "inference"
    if !tiles.isEmpty { record["tiles"] = tiles.map(\.text).joined(separator: " ") }
    record["threads"] = threads.map(String.init)
    record["memory_budget"] = memoryBudget.map(String.init)
    return record
  }

  /// The options that `manifest` keeps, for the machine `target`.
  ///
  /// - Errors: an option that this compiler doesn't know.
  package init(recordedIn manifest: Manifest, for target: TargetMachine) throws {
    self.init(target: target)
    guard let products = ProductRoute(rawValue: manifest.options["products"] ?? ""),
      let precision = Precision(rawValue: manifest.options["precision"] ?? ""),
      // Plans of before there was a choice.
      let convolutions = ConvolutionRoute(rawValue: manifest.options["convolutions"] ?? ConvolutionRoute.direct.rawValue)
    else {
      throw Diagnostic(
        "plan '\(manifest.name)' was compiled with options that this program doesn't know: \(manifest.options)", hint: "compile it again")
    }
    self.products = products
    self.precision = precision
    self.convolutions = convolutions
    tiles = try (manifest.options["tiles"] ?? "").split(separator: " ").map { try TileOverride(parsing: String($0), for: vectorTarget) }
    caches = manifest.options["caches"].flatMap(CacheSizes.init(text:)) ?? caches
    threads = manifest.requestedThreads
    memoryBudget = manifest.options["memory_budget"].flatMap { Int($0) }
  }
}

extension Manifest {
  /// What the plan was compiled for.
  package var purpose: Compiler.Purpose {
    options["purpose"] == "inference" ? .inference(outputs: outputs.map(\.name)) : .training
  }

  /// The number of threads that the plan asks for, if it does.
  package var requestedThreads: Int? { options["threads"].flatMap { Int($0) } }
}
