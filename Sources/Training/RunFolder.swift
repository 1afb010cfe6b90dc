import Foundation
import Graph
import Hashing
import Operations
import Support

/// The folder of a run: its configuration, its program, its metrics and its checkpoints.
package struct RunFolder: Sendable {
  /// Where it is, as it was named.
  package let path: String
  package let configuration: RunConfiguration
  /// The training program, as a model made it when the run began.
  package let program: Program

  private static let (configurationName, programName, checkpointsName) = ("configuration.json", "model.vir", "checkpoints")

  /// Creates the folder of a new run.
  ///
  /// - Parameter program: the program's text, whose digest `configuration` holds.
  /// - Errors: there is a run already; the folder can't be written.
  package init(creating path: String, _ configuration: RunConfiguration, program: String) throws {
    try RunFolder.requireFree(path)
    // The run's own folder first, so that it is the one that an error names.
    for folder in [path, path + "/" + RunFolder.checkpointsName] { try makeFolder(folder, hint: "choose an --out that you can write to") }
    self.path = path
    self.configuration = configuration
    self.program = try Program(parsing: program, file: RunFolder.programPath(in: path), operations: Catalogue.names)
    // The configuration comes last: where it is, the run is whole.
    try writeAtomically(Data(program.utf8), to: RunFolder.programPath(in: path))
    try writeAtomically(try configuration.encoded(), to: path + "/" + RunFolder.configurationName)
  }

  /// Throws where a run can't begin in the folder `path`, as one has: what a run begins with can take long to make.
  package static func requireFree(_ path: String) throws {
    guard !isRun(path) else {
      throw Diagnostic("there is a run in '\(path)' already", hint: "go on with it by --resume \(path), or choose another --out")
    }
  }

  /// Takes back what `init(creating:)` made, where the run could not begin.
  package func discard() {
    let files = FileManager.default
    for name in [RunFolder.configurationName, RunFolder.programName] { try? files.removeItem(atPath: path + "/" + name) }
    // Only folders that are empty go: what else stands there is the user's.
    for folder in [checkpointsPath, path] { rmdir(folder) }
  }

  /// Opens the folder of a run that was begun.
  ///
  /// - Errors: there is no run; its configuration or program was changed or damaged.
  package init(opening path: String) throws {
    let configurationPath = path + "/" + RunFolder.configurationName
    let programPath = RunFolder.programPath(in: path)
    // Where the folder can't be searched, reading says so.
    guard RunFolder.isRun(path) || errno == EACCES else {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
        throw Diagnostic("'\(path)' is a file, and a run is a folder", hint: "give the folder that 'vergence train MODEL --out FOLDER' made")
      }
      throw Diagnostic("there is no run in '\(path)'", hint: "'vergence train MODEL --out \(path)' begins one")
    }
    self.path = path
    do {
      configuration = try JSONDecoder().decode(RunConfiguration.self, from: try readFile(configurationPath))
    } catch let error as DecodingError {
      throw Diagnostic(
        "'\(configurationPath)' was altered or damaged: \(error.place)",
        hint: "bring back the file as it was, or begin a new run: vergence train MODEL --out another folder")
    }
    let text = String(decoding: try readFile(programPath), as: UTF8.self)
    guard SHA256.hexadecimal(of: text.utf8) == configuration.program else {
      throw Diagnostic("'\(programPath)' is not the program that the run began with", hint: "bring back the file as it was, or begin a new run")
    }
    program = try Program(parsing: text, file: programPath, operations: Catalogue.names)
  }

  /// Says that the run has another number of epochs from now on.
  package func with(epochs: Int) throws -> RunFolder {
    var changed = configuration
    changed.epochs = epochs
    try writeAtomically(try changed.encoded(), to: path + "/" + RunFolder.configurationName)
    return try RunFolder(opening: path)
  }

  /// Whether there is a run in the folder `path`.
  package static func isRun(_ path: String) -> Bool { access(path + "/" + configurationName, F_OK) == 0 }

  /// Where the program of the run in the folder `path` is.
  package static func programPath(in path: String) -> String { path + "/" + programName }

  /// Where the metrics are, an object a line.
  package var metricsPath: String { path + "/metrics.jsonl" }

  /// Where the checkpoints are.
  package var checkpointsPath: String { "\(path)/\(RunFolder.checkpointsName)" }

  /// Where the checkpoint of `step` is.
  package func checkpointPath(_ step: Int) -> String { "\(checkpointsPath)/\(step).safetensors" }

  /// The steps of the checkpoints, the newest first.
  package func checkpointSteps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
    return names.compactMap { name in
      guard name.hasSuffix(".safetensors"), let step = Int(name.dropLast(".safetensors".count)), step >= 0 else { return nil }
      return step
    }.sorted(by: >)
  }
}
