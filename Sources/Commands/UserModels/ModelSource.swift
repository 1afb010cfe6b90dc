import Foundation
import Graph
import Operations
import ShippedModels
import Support
import Training
import Vergence

/// What a MODEL on the command line names.
package enum ModelSource: Sendable {
  /// One of the models that come with the compiler.
  case shipped(name: String, any Model.Type)
  /// A program in the textual IR.
  case program(path: String, Program)
  /// A user's own model.
  case user(UserModel)

  /// Finds the model that `argument` names: a shipped model, a `.vir` file, or a `.swift` file, which is compiled.
  ///
  /// - Errors: nothing of that name; a plan or a run; a file that can't be read, parsed or compiled.
  package static func resolve(_ argument: String) throws -> ModelSource {
    if let model = ShippedModels.all[argument] { return .shipped(name: argument, model) }
    switch (argument as NSString).pathExtension {
    case "swift": return .user(try UserModel.compile(argument))
    case "vir":
      let text = try readText(argument)
      return .program(path: argument, try Program(parsing: text, file: argument, operations: Catalogue.names))
    default:
      if let mistake = ModelSource.mistaken(argument) { throw mistake }
      let names = ShippedModels.all.keys.sorted()
      throw Diagnostic(
        "there is no model '\(argument)'",
        hint: nearest(to: argument, in: names).map { "did you mean '\($0)'?" }
          ?? "a model is one of \(names.joined(separator: ", ")), a .vir file, or a .swift file of your own")
    }
  }

  /// What `argument` is, where it is something else of ours: a plan or a run.
  private static func mistaken(_ argument: String) -> Diagnostic? {
    if RunFolder.isRun(argument) {
      return Diagnostic(
        "'\(argument)' is a run, and a model is wanted here",
        hint:
          "'vergence train --resume \(argument)' goes on with it, eval and embed take it, and '\(RunFolder.programPath(in: argument))' is its model")
    }
    guard isPlan(argument), FileManager.default.fileExists(atPath: argument) else { return nil }
    return Diagnostic(
      "'\(argument)' is a plan, and a model is wanted here",
      hint: "train, bench, profile, dump and inspect take plans; otherwise give the model that it was made from")
  }

  /// The model's options and their defaults.
  package func options() throws -> [OptionDescription] {
    switch self {
    case .shipped(_, let model): return model.init().options
    case .program: return []
    case .user(let model): return try model.options()
    }
  }

  /// The program of the model for `batch` images a step.
  ///
  /// - Errors: an unknown or wrong option; a mistake in the model; a textual program in a mode it wasn't written for.
  package func program(options: [String: String] = [:], batch: Int, mode: Mode = .training) throws -> Program {
    switch self {
    case .shipped(_, let model): return try build(model: model, options: options, batch: batch, mode: mode)
    case .user(let model): return try model.program(options: options, batch: batch, mode: mode)
    case .program(let path, let program):
      if let name = options.keys.min() {
        throw Diagnostic("'\(path)' is a textual graph and has no option '\(name)'", hint: "leave it out, or give the model that it was made from")
      }
      guard mode == .training || program.training == nil else {
        throw Diagnostic("'\(path)' is a training step, and inference was asked for", hint: "give the model that it was made from")
      }
      return program
    }
  }
}
