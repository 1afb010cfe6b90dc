import Checkpoints
import Commands
import Foundation
import LLVM
import Testing
import Training

/// The verbs `train`, `eval` and `embed` on the smallest model.
@Suite struct TrainVerbTests {
  private static let small = ["--set", "embedding=4", "--batch", "20", "--data", "synthetic:train=90,test=30", "--threads", "1"]

  /// Runs `body` with the path of a folder that isn't there yet, and removes it.
  private func withRun(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "vergence-train-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func object(_ result: Rehearsal) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any], "\(result.standardError)")
  }

  @Test func aRunIsTrainedEvaluatedAndEmbedded() throws {
    try withRun { run in
      let trained = Rehearsal(["train", "pair", "--out", run, "--epochs", "2", "--json"] + Self.small, on: verbs)
      #expect(trained.exitCode == 0, "\(trained.standardError)")
      let report = try object(trained)
      #expect(report["outcome"] as? String == "finished" && report["step"] as? Int == 8)
      let accuracy = try #require((report["accuracy"] as? [String: Double])?["linear"])
      let parts = [
        "90 images, 2 epochs of 4 updates of 20 images, 1 thread, ", "epoch 1: linear probe", "loss_pair", "/2.996",
      ]
      for part in parts {
        #expect(trained.standardError.contains(part), "\(trained.standardError)")
      }

      let linear = try object(Rehearsal(["eval", run, "--json"], on: verbs))
      #expect(linear["accuracy"] as? Double == accuracy && linear["count"] as? Int == 30)
      #expect((linear["classes"] as? [[String: Any]])?.count == 10)
      let neighbours = Rehearsal(["eval", run, "--probe", "knn", "--k", "5"], on: verbs)
      #expect(neighbours.exitCode == 0 && neighbours.standardOutput.contains("of 30 test images, after 8 updates"), "\(neighbours.standardError)")
      let absent = Rehearsal(["eval", run, "--probe", "mlp"], on: verbs)
      #expect(absent.exitCode == 2 && absent.standardError.contains("it has linear"))

      let features = run + "/features.npy"
      let embedded = Rehearsal(["embed", run, "-o", features, "--split", "train"], on: verbs)
      #expect(embedded.exitCode == 0, "\(embedded.standardError)")
      #expect(try NumpyArray(path: features).shape == [90, 4])
      #expect(try NumpyArray(path: run + "/features.labels.npy").elements == .integers((0..<90).map { Int32($0 % 10) }))
    }
  }

  @Test func aProbesOtherClassesAreNamed() throws {
    try withRun { run in
      #expect(Rehearsal(["train", "pair", "--out", run, "--epochs", "1"] + Self.small, on: verbs).exitCode == 0)
      func evaluated(_ data: String, _ options: String...) -> String {
        Rehearsal(["eval", run, "--data", data] + options, on: verbs).standardError
      }
      #expect(evaluated("synthetic:train=90,test=30,seed=1").isEmpty)
      #expect(
        evaluated("synthetic:train=90,test=30,classes=5")
          == "warning: the data's classes aren't those that the linear probe learnt, which it tells by number: there are 5, and were 10\n")
      // Neighbours vote for the data's own classes.
      #expect(evaluated("synthetic:train=90,test=30,classes=5", "--probe", "knn", "--k", "5").isEmpty)

      let path = URL(filePath: run + "/configuration.json")
      let text = String(decoding: try Data(contentsOf: path), as: UTF8.self)
      try Data(text.replacing("\"plain square\"", with: "\"plain ship\"").utf8).write(to: path)
      #expect(evaluated("synthetic:train=90,test=30").hasSuffix("by number: class 1 is 'plain square', and was 'plain ship'\n"))
    }
  }

  @Test func aRunGoesOnOnlyAsItBegan() throws {
    try withRun { run in
      #expect(Rehearsal(["train", "pair", "--out", run, "--epochs", "1"] + Self.small, on: verbs).exitCode == 0)
      let refusals = [
        (["--seed", "1"], "seed 0 (given 1)"), (["--batch", "10"], "batch 20 (given 10)"), (["--set", "embedding=8"], "embedding 4 (given 8)"),
        (["pair", "--set", "learning_rate=1"], "learning_rate 0.001 (given 1)"), (["amdim"], "model pair (given amdim)"),
        (["--data", "synthetic:train=91,test=30"], "the images are not those"), (["--out", run + "-other"], "another folder"),
      ]
      for (words, part) in refusals {
        let result = Rehearsal(["train", "--resume", run] + words, on: verbs)
        #expect(result.exitCode == 2 && result.standardError.contains(part), "\(words): \(result.standardError)")
      }
      // A run can be made longer, and what it began with may be said again.
      let longer = Rehearsal(["train", "pair", "--resume", run, "--epochs", "2"] + Self.small, on: verbs)
      #expect(longer.exitCode == 0 && longer.standardError.contains("going on after step 4"), "\(longer.standardError)")
      #expect(longer.standardError.contains("done after 8 updates"))
    }
  }

  /// A run that is gone on with, and one that never stopped, of a model or of its plan: with code that this machine wouldn't choose, and other bits.
  @Test(.enabled(if: TargetMachine.host().features.contains("avx2")), arguments: [false, true])
  func aRunKeepsToItsCode(ofPlan: Bool) throws {
    try withRun { run in
      let code = ["--target-features", "avx2", "--caches", "64KiB,512KiB", "--tile", "product=2x2"]
      let (data, model) = (Array(Self.small[4...]), Array(Self.small[..<4]))
      let files = try TemporaryFiles()
      var words = ["train", "pair"] + Self.small + code
      if ofPlan {
        #expect(Rehearsal(["compile", "pair", "-o", files.path("pair.plan")] + model + code, on: verbs).exitCode == 0)
        words = ["train", files.path("pair.plan")] + data
      }
      #expect(Rehearsal(words + ["--epochs", "2", "--out", files.path("whole")], on: verbs).exitCode == 0)
      #expect(Rehearsal(words + ["--epochs", "1", "--out", run], on: verbs).exitCode == 0)
      let mistakes = [
        (["--caches", "32KiB,1MiB"], "caches 65536,524288 (given 32768,1048576)"),
        (["--tile", "product=2x1"], "tiles product=2x2 (given product=2x1)"),
        (["--target-features", "avx"], "target-features avx,avx2 (given avx)"),
      ]
      for (options, part) in mistakes {
        let result = Rehearsal(["train", "--resume", run] + options, on: verbs)
        #expect(result.exitCode == 2 && result.standardError.contains(part), "\(result.standardError)")
      }
      let resumed = Rehearsal(["train", "--resume", run, "--epochs", "2"] + code, on: verbs)
      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      let states = try [run, files.path("whole")].map { try Checkpoint(reading: $0 + "/checkpoints/8.safetensors") }
      #expect(states[0].configuration == states[1].configuration && states[0].state == states[1].state)
      #expect(Rehearsal(["eval", run], on: verbs).exitCode == 0)
    }
  }

  @Test func aDamagedRunIsLeftAsItIs() throws {
    try withRun { run in
      let begun = Rehearsal(["train", "pair", "--out", run, "--epochs", "1"] + Self.small, on: verbs)
      #expect(begun.exitCode == 0 && begun.standardError.contains(", 1 epoch of 4 updates"), "\(begun.standardError)")
      func expect(_ part: String, _ hint: String) {
        for words in [["eval", run], ["train", "--resume", run, "--epochs", "2"]] {
          let result = Rehearsal(words, on: verbs)
          #expect(result.exitCode == 2 && result.standardError.contains(part) && result.standardError.contains(hint), "\(result.standardError)")
        }
      }
      let configuration = URL(filePath: run + "/configuration.json")
      let whole = try Data(contentsOf: configuration)
      try whole.prefix(whole.count / 2).write(to: configuration)
      expect("configuration.json' was altered or damaged", "hint: bring back the file as it was, or begin a new run")
      try Data(String(decoding: whole, as: UTF8.self).replacing("\"epochs\"", with: "\"epoch\"").utf8).write(to: configuration)
      expect("damaged: epochs is missing", "hint: bring back")
      try whole.write(to: configuration)

      let checkpoint = URL(filePath: run + "/checkpoints/4.safetensors")
      try Data(contentsOf: checkpoint).dropLast().write(to: checkpoint)
      expect("has no checkpoint that isn't damaged", "or delete '\(run)/checkpoints', and 'vergence train --resume \(run)' begins again at step 0")
      #expect(try Data(contentsOf: configuration) == whole, "a refused run is as it was")

      try FileManager.default.removeItem(at: checkpoint.deletingLastPathComponent())
      let anew = Rehearsal(["train", "--resume", run], on: verbs)
      #expect(anew.exitCode == 0 && anew.standardError.contains("done after 4 updates"), "\(anew.standardError)")
      #expect(FileManager.default.fileExists(atPath: checkpoint.path))
    }
  }

  @Test func mistakesAreTold() throws {
    try withRun { run in
      #expect(Rehearsal(["train", "pair", "--out", run, "--epochs", "1"] + Self.small, on: verbs).exitCode == 0)
      let mistakes = [
        (["train"], "no model is given"), (["train", "pair", "--epochs", "0"], "hint: --epochs N: how often all images are seen (default 10)"),
        (["train", "pairr"], "did you mean 'pair'?"),
        (["train", "pair", "--out", run] + Self.small, "--resume \(run)"),
        (
          ["train", "pair", "--out", run + "/model.vir"] + Self.small,
          "cannot make the folder '\(run)/model.vir': File exists\n  hint: choose an --out"
        ),
        (["train", "pair", "--data", "synthetic:train=5,test=5", "--out", run + "-other"], "choose a smaller --batch"),
        (["train", "--resume", run + "/none"], "there is no run"), (["eval", run + "/none"], "there is no run"),
        (["embed", run, "--output", "features"], "has no output 'features'"),
        (["train", run], "is a run, and a model is wanted here\n  hint: 'vergence train --resume \(run)' goes on with it"),
        (["verify", run], "is a run"),
      ]
      for (words, part) in mistakes {
        let result = Rehearsal(words, on: verbs)
        #expect(result.exitCode == 2 && result.standardError.contains(part), "\(words): \(result.standardError)")
      }
      #expect(!FileManager.default.fileExists(atPath: run + "-other"), "nothing is left of a run that couldn't begin")
    }
  }
}
