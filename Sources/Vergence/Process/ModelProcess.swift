import Foundation
import Graph
import Support

/// The main program of a user's model: it reads a request, builds the model, and writes the answer.
///
/// The entry file that `vergence` compiles beside the model calls it; a model's author has no use for it.
public enum ModelProcess {
  /// The bytes that the process may write to a file, so that a model that prints for ever fills no disk.
  static let outputLimit: rlim_t = 1 << 28

  /// Answers the request in the file that the first argument names, in the file that the second names.
  public static func run<M: Model>(_ model: M.Type) {
    var limit = rlimit(rlim_cur: outputLimit, rlim_max: outputLimit)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    let arguments = CommandLine.arguments
    do {
      guard arguments.count == 3 else { throw Diagnostic("a model's program is run by 'vergence'") }
      let request = try JSONDecoder().decode(ModelRequest.self, from: try readFile(arguments[1]))
      try writeAtomically(try JSONEncoder().encode(answer(request, model)), to: arguments[2])
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(2)
    }
  }

  private static func answer<M: Model>(_ request: ModelRequest, _ model: M.Type) -> ModelAnswer {
    do {
      guard let batch = request.batch else { return .options(M().options) }
      return .program(try M.program(options: request.options, batch: batch, mode: request.mode).text(positions: true))
    } catch {
      return ModelAnswer(error)
    }
  }
}
