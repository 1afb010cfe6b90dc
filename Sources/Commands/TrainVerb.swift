import Compiler
import Datasets
import Foundation
import Passes
import Support
import Training

/// The verb that trains a model.
let trainVerb = Verb(
  "train", "train a model on images, saving as it goes",
  arguments: [ArgumentSpec("MODEL", "a plan, a shipped model's name, a .vir file, or a .swift file of your own", count: .optional)],
  options: [
    OptionSpec("data", .text("DATA"), "a folder or archive of class folders or of CIFAR's files, or synthetic[:KEY=N,…] (default synthetic)"),
    OptionSpec("epochs", .integer(1...1_000_000), "how often all images are seen (default \(RunRequest.standardEpochs))"),
    OptionSpec("batch", .integer(1...1_000_000), "images a step (default \(RunRequest.standardBatch))"),
    OptionSpec("set", .setting(example: "width=64"), "gives one of the model's options a value", repeatable: true),
    OptionSpec("seed", .integer(0...Int(UInt32.max)), "the seed of all that is drawn (default 0)"),
    OptionSpec("out", short: "o", .text("RUN"), "the run's folder (default runs/NAME-TIME)"),
    OptionSpec("resume", .text("RUN"), "goes on with the run in this folder; the end state is that of a run that never stopped"),
    OptionSpec("checkpoint-every", .integer(1...1_000_000_000), "updates between checkpoints, beside those after each epoch"),
    OptionSpec("keep", .integer(1...1_000_000), "the newest checkpoints to keep", default: "3"),
    OptionSpec("precision", .choice(Precision.allCases.map(\.rawValue)), "the numbers that activations are kept in (default f32)"),
    OptionSpec("products", .choice(CompilerOptions.ProductRoute.allCases.map(\.rawValue)), "how matrix products are made (default tiles)"),
    OptionSpec("convolutions", .choice(ConvolutionRoute.allCases.map(\.rawValue)), "how convolutions in f32 are made (default auto)"),
    .tile, .caches, .memoryBudget, .targetFeatures, .threads,
  ],
  examples: [
    "vergence train pair --epochs 2",
    "vergence train amdim --set width=32 --set embedding=256 --set depth=2 --batch 100 --epochs 4 --data cifar10-images.tar.gz --out runs/first",
    "vergence train --resume runs/first",
  ]
) { arguments, output in
  let note: (String) -> Void = { output.warn($0) }
  let request =
    if let path = arguments.text(ifGiven: "resume") {
      try RunRequest(resuming: path, arguments, note: note)
    } else {
      try RunRequest(beginning: arguments, note: note)
    }
  var settings = Trainer.Settings()
  settings.checkpointEvery = arguments.integer(ifGiven: "checkpoint-every")
  settings.kept = arguments.integer("keep")
  settings.threads = arguments.integer(ifGiven: "threads")

  let progress = TrainingProgress(output)
  let stop = StopRequest()
  let folder = request.folder
  let trainer = try (consume request).trainer(settings, stop) { progress.show($0) }
  let interruption = Interruption(stop) { output.warn("\nfinishing the step and saving; once more to quit at once") }
  defer { interruption.end() }
  output.warn("writing to '\(folder.path)'")
  let outcome = try trainer.run()
  let report = TrainingReport(folder, outcome, progress.totals)
  progress.say(report.closing)
  try output.emit(json: report)
  return report.exitCode
}
