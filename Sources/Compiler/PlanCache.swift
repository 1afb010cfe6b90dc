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
    guard let entries = ContentCache(in: folder + "/plans") else { return nil }
    self.entries = entries
    let parts = [
      buildIdentifier, LLVM.pipeline(for: options.target), "\(purpose) \(options.exposesGradients)",
      "\(options.record(purpose).sorted { $0.key < $1.key })", "\(program.hyperparameters.sorted { $0.key < $1.key })", program.text(positions: true),
    ]
    key = SHA256.hexadecimal(of: parts.joined(separator: "\n").utf8)
  }

  /// The plan and what was noticed while it was compiled, if it is here and whole.
  var kept: (plan: Plan, warnings: [Diagnostic])? {
    guard let entry = entries.entry(key), let end = entry.firstIndex(of: PlanCache.newline),
      let warnings = try? JSONDecoder().decode([Diagnostic].self, from: Data(entry[..<end])),
      let plan = try? Plan(bytes: Array(entry[(end + 1)...]), file: key)
    else { return nil }
    return (plan, warnings)
  }

  /// Keeps `plan`, and before it `warnings` in a line of JSON.
  ///
  /// - Errors: they can't be written as bytes.
  func keep(_ plan: Plan, _ warnings: [Diagnostic]) throws {
    entries.keep(Array(try JSONEncoder().encode(warnings)) + [PlanCache.newline] + (try plan.bytes()), as: key)
    entries.trim()
  }

  /// What ends the warnings; JSON that isn't set out for people has none.
  private static let newline = UInt8(ascii: "\n")
}
