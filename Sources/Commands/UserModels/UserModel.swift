import Foundation
import Graph
import Operations
import Support
import Vergence

/// A model in a user's own Swift file, compiled to a program of its own.
///
/// The model runs apart from the compiler: a trap or an endless loop in it ends that process and is reported.
package struct UserModel: Sendable {
  /// The source file, as it was named.
  package let path: String
  /// The compiled program.
  private let entry: ModelCache.Entry

  /// Compiles the model in the Swift file at `path`, or finds what was compiled before.
  ///
  /// - Parameters:
  ///   - library: the built `Vergence` module; by default the one beside the running executable.
  ///   - cache: where compiled models are kept; by default in the user's cache.
  ///   - report: gets what the Swift compiler says, as it says it.
  /// - Errors: no file, no model in it, no compiler, no library; a source that doesn't compile.
  package static func compile(
    _ path: String, library: BuiltLibrary? = nil, cache: ModelCache? = nil,
    report: (String) -> Void = { FileHandle.standardError.write(Data($0.utf8)) }
  ) throws -> UserModel {
    let source = try readFile(path)
    let model = try modelName(in: String(decoding: source, as: UTF8.self), path: path)
    let library = try library ?? .besideExecutable()
    let compiler = try SwiftCompiler.find()
    let key = Data("\(compiler.identity)\n\(try library.identity())\n\(path)\n\(model)\n".utf8) + source
    let entry = try (cache ?? .default).file(for: key) { folder in
      try compiler.compile(path, model: model, with: library, in: folder, report: report)
    }
    return UserModel(path: path, entry: entry)
  }

  /// The model's options and their defaults.
  package func options() throws -> [OptionDescription] {
    guard case .options(let options) = try ask(ModelRequest()) else { throw Diagnostic("the model '\(path)' gave no options") }
    return options
  }

  /// The program of the model; see `Model.program`.
  package func program(options: [String: String], batch: Int, mode: Mode) throws -> Program {
    guard case .program(let text) = try ask(ModelRequest(options: options, batch: batch, mode: mode)) else {
      throw Diagnostic("the model '\(path)' gave no program")
    }
    return try Program(parsing: text, file: path, operations: Catalogue.names)
  }

  /// Runs the model's program on `request`.
  private func ask(_ request: ModelRequest) throws -> ModelAnswer {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let (question, answer, output) = (folder.path("request.json"), folder.path("answer.json"), folder.path("output.txt"))
    let backtrace = folder.path("backtrace.txt")
    try writeAtomically(try JSONEncoder().encode(request), to: question)
    let end = try Subprocess(
      entry.program, [question, answer], output: output, environment: ["SWIFT_BACKTRACE": UserModel.backtracing(to: backtrace)]
    ).run(seconds: UserModel.timeLimit)
    let printed = String(decoding: ((try? readFile(output)) ?? Data()).suffix(4000), as: UTF8.self)
    switch end {
    case .exited(0): break
    case .exited(let code):
      throw Diagnostic(
        "the model '\(path)' ended with exit code \(code), and gave no graph:\n\(printed)",
        hint: "a model returns its step, or throws an error; nothing in it may call 'exit'")
    case .signalled(let signal):
      throw crash(signal: signal, printed: printed, backtrace: String(decoding: (try? readFile(backtrace)) ?? Data(), as: UTF8.self))
    case .timedOut: throw Diagnostic("the model '\(path)' built no graph in \(UserModel.timeLimit) seconds", hint: "is there an endless loop in it?")
    }
    if !printed.isEmpty { FileHandle.standardError.write(Data(printed.utf8)) }
    guard let result = try? JSONDecoder().decode(ModelAnswer.self, from: try readFile(answer)) else {
      throw Diagnostic("the model '\(path)' gave no answer that can be read")
    }
    if case .mistake(let message, let position, let hint) = result { throw located(message, position, hint) }
    return result
  }

  /// The seconds that building a graph may take.
  static let timeLimit = 120

  /// The mistake at its place, under the path that the user knows, with the line it stands on.
  func located(_ message: String, _ position: SourcePosition?, _ hint: String?) -> Diagnostic {
    guard let position, position.file == (path as NSString).lastPathComponent else { return Diagnostic(message, at: position, hint: hint) }
    let lines = ((try? readFile(path)).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    let excerpt = lines.indices.contains(position.line - 1) ? String(lines[position.line - 1]) : nil
    return Diagnostic(message, at: SourcePosition(file: path, line: position.line, column: position.column), excerpt: excerpt, hint: hint)
  }
}
