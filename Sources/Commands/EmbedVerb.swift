import Checkpoints
import Datasets
import Foundation
import Support
import Training

/// The verb that runs the frozen encoder.
let embedVerb = Verb(
  "embed", "write the features of images as NumPy arrays",
  arguments: [ArgumentSpec("RUN", "the folder of a run")],
  options: [
    OptionSpec("out", short: "o", .text("FILE.npy"), "the features, f32[images, …]; the labels, i32[images], go beside it", default: "features.npy"),
    OptionSpec("data", .text("DATA"), "the images (default the run's)"),
    OptionSpec("split", .choice(["train", "test"]), "which of them", default: "test"),
    OptionSpec("output", .text("NAME"), "another output of the model than its features"),
    .threads,
  ],
  examples: ["vergence embed runs/first -o features.npy", "vergence embed runs/first --data photos --split train -o photos.npy"]
) { arguments, output in
  try arguments.requireUsableOutput()
  let path = arguments.text("out")
  let stem = path.hasSuffix(".npy") ? String(path.dropLast(".npy".count)) : path
  let labelsPath = stem + ".labels.npy"
  try requireWritable(labelsPath)
  let run = try TrainedRun(arguments.text("RUN"), note: { output.warn($0) })
  let name = try arguments.text(ifGiven: "output") ?? run.featuresName
  let model = try run.frozen([name], threads: arguments.integer(ifGiven: "threads"))
  let data = try run.load(arguments.text(ifGiven: "data"), note: { output.warn($0) })
  let dataset = arguments.text("split") == "train" ? data.train : data.test
  let features = NumpyArray([dataset.count] + model.shape(of: name), .floats(try model.features(name, of: dataset)))
  try features.write(to: path)
  try NumpyArray([dataset.count], .integers(dataset.labels)).write(to: labelsPath)
  output.say("'\(name)' of \(counted(dataset.count, "image")), f32\(features.shape), in '\(path)'; their labels in '\(labelsPath)'")
  try output.emit(json: EmbeddingReport(features: path, labels: labelsPath, shape: features.shape, classes: dataset.classes))
  return .done
}

/// What `embed --json` prints.
private struct EmbeddingReport: Encodable {
  let features: String
  let labels: String
  let shape: [Int]
  let classes: [String]
}
