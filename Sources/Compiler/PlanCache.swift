import Foundation
import Graph
import Hashing
import LLVM
import PlanFile
import Support

/// Whole plans, so that a program that the same compiler compiled before isn't compiled again.
struct PlanCache {
  private let entries: ContentCache
  private let key: String

  /// The place of what `options` make of `program`; `nil` where they keep no plans or ask for what only passes can tell, or where this compiler can't be told from others.
  init?(of program: Program, _ purpose: Compiler.Purpose, _ options: CompilerOptions) {
    guard options.keepsPlans, options.printAfter.isEmpty, options.stopAfter == nil, let folder = options.cache, let buildIdentifier else {
      return nil
    }
    let target = options.target
    let parts = [
      buildIdentifier, LLVM.pipeline, "\(target.triple) \(target.tuning) \(target.features.sorted())", "\(purpose) \(options.exposesGradients)",
      "\(options.record(purpose).sorted { $0.key < $1.key })", "\(program.hyperparameters.sorted { $0.key < $1.key })", program.text(positions: true),
    ]
    key = SHA256.hexadecimal(of: parts.joined(separator: "\n").utf8)
    entries = ContentCache(folder: folder + "/plans", limit: 256 << 20)
    guard entries.prepare() else { return nil }
  }

  /// The plan, if it is here and whole.
  var plan: Plan? { entries.entry(key).flatMap { try? Plan(bytes: $0, file: key) } }

  /// Keeps `plan`.
  ///
  /// - Errors: it can't be written as bytes.
  func keep(_ plan: Plan) throws {
    entries.keep(try plan.bytes(), as: key)
    entries.trim()
  }
}
