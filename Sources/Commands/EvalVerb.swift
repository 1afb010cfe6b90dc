import Datasets
import Foundation
import Support
import Training

/// The verb that measures what frozen features are worth.
let evalVerb = Verb(
  "eval", "measure what a run's frozen features are worth, on all test images",
  arguments: [ArgumentSpec("RUN", "the folder of a run")],
  options: [
    OptionSpec(
      "probe", .choice(["linear", "mlp", "knn"]),
      "linear, mlp: the probes that were trained along with the model; knn: the nearest training images vote", default: "linear"),
    OptionSpec("k", .integer(1...1_000_000), "the neighbours that vote", default: "75"),
    OptionSpec("temperature", .number(1e-6...1e6), "a neighbour's vote is exp(cosine / this)", default: "0.07"),
    OptionSpec("data", .text("DATA"), "the images (default the run's)"),
    .threads,
  ],
  examples: ["vergence eval runs/first --probe mlp", "vergence eval runs/first --probe knn --k 200 --json"]
) { arguments, output in
  let probe = arguments.text("probe")
  if probe != "knn" { try arguments.refuse(["k", "temperature"], "is for '--probe knn'") }
  let run = try TrainedRun(arguments.text("RUN"), note: { output.warn($0) })
  let data = try run.load(arguments.text(ifGiven: "data"), note: { output.warn($0) })
  let threads = arguments.integer(ifGiven: "threads")
  let score: ProbeScore
  if probe == "knn" {
    score = try run.neighbourScore(data, count: arguments.integer("k"), temperature: arguments.number("temperature"), threads: threads)
  } else {
    score = try run.probeScore(probe, data, threads: threads)
    if let difference = run.folder.configuration.difference(from: data.test.classes) {
      output.warn("warning: the data's classes aren't those that the \(probe) probe learnt, which it tells by number: \(difference)")
    }
  }
  output.say(
    "\(probe): \(percent(score.accuracy)), \(score.correct) of \(counted(score.count, "test image")), "
      + "after \(counted(run.checkpoint.step, "update"))")
  for one in score.classes { output.say("  \(percent(one.accuracy))  \(one.name)") }
  try output.emit(json: EvaluationReport(run: run.folder.path, step: run.checkpoint.step, probe: probe, score))
  return .done
}

/// What `eval --json` prints.
private struct EvaluationReport: Encodable {
  struct ClassReport: Encodable {
    let name: String
    let accuracy: Double
    let count: Int
  }

  let run: String
  let step: Int
  let probe: String
  let accuracy: Double
  let correct: Int
  let count: Int
  let classes: [ClassReport]

  init(run: String, step: Int, probe: String, _ score: ProbeScore) {
    (self.run, self.step, self.probe) = (run, step, probe)
    (accuracy, correct, count) = (score.accuracy, score.correct, score.count)
    classes = score.classes.map { ClassReport(name: $0.name, accuracy: $0.accuracy, count: $0.count) }
  }
}
