import Compiler
import Datasets
import Graph
import Support
import Training

/// A run with its newest checkpoint, to be looked at.
struct TrainedRun {
  let folder: RunFolder
  let checkpoint: Checkpoint
  private let recipe: TrainingRecipe
  private let options: CompilerOptions

  /// Opens the run in the folder `path`.
  ///
  /// - Errors: there is no run, or no whole checkpoint in it.
  init(_ path: String, note: (String) -> Void) throws {
    folder = try RunFolder(opening: path)
    guard let checkpoint = try folder.newestCheckpoint(note: { note("warning: \($0)") }), let recipe = folder.program.training else {
      throw Diagnostic("the run in '\(path)' has no checkpoint yet", hint: "go on with it: vergence train --resume \(path)")
    }
    (self.checkpoint, self.recipe) = (checkpoint, recipe)
    options = try CompilerOptions(of: folder.configuration).caching()
  }

  /// The output that holds the features.
  var featuresName: String {
    get throws {
      guard let name = recipe.features else {
        throw Diagnostic(
          "the model '\(folder.configuration.model)' says of no output that it is its features",
          hint: "'embed --output NAME' takes any output")
      }
      return name
    }
  }

  /// Loads the images that `source` names, or the run's own.
  func load(_ source: String?, note: (String) -> Void) throws -> LoadedData {
    try Commands.load(source ?? folder.configuration.data, size: ImageFeed(folder.program).storedSize, note: note)
  }

  /// The model that computes `outputs`, with the checkpoint's weights.
  func frozen(_ outputs: [String], threads: Int?) throws -> FrozenModel {
    let model = try FrozenModel(folder.program, outputs: outputs, options: options, threads: threads)
    try model.load(checkpoint.state)
    return model
  }

  /// The score of the probe `name`, which was trained along.
  func probeScore(_ name: String, _ data: LoadedData, threads: Int?) throws -> ProbeScore {
    guard let output = recipe.probes.first(where: { probeName($0) == name }) else {
      let known = recipe.probes.map(probeName).joined(separator: ", ")
      throw Diagnostic(
        "the model '\(folder.configuration.model)' trains no '\(name)' probe along",
        hint: known.isEmpty ? "'--probe knn' needs none" : "it has \(known); '--probe knn' needs none")
    }
    let model = try frozen([output], threads: threads)
    try model.feed.check(data)
    guard let score = try model.scores(of: [output], on: data.test)?.first else { preconditionFailure("nothing stops this test") }
    return score
  }

  /// The score of the vote of the nearest training images.
  func neighbourScore(_ data: LoadedData, count: Int, temperature: Double, threads: Int?) throws -> ProbeScore {
    let name = try featuresName
    let model = try frozen([name], threads: threads)
    let neighbours = try NearestNeighbours(
      model.features(name, of: data.train), width: model.width(of: name), labels: data.train.labels, count: count, temperature: temperature,
      options: options, threads: threads)
    let guesses = try neighbours.classify(model.features(name, of: data.test))
    var score = ProbeScore("knn", classes: data.test.classes)
    for (label, guess) in zip(data.test.labels, guesses) { score.count(label, guess: guess) }
    return score
  }
}
