import Commands
import Foundation
import PlanFile
import Support
import Testing

@Suite struct CompileVerbTests {
  private let files: TemporaryFiles
  init() throws { files = try TemporaryFiles() }

  /// Compiles the smallest model to the file `name`, if there is one, with `options`.
  private func compile(_ name: String? = nil, _ options: [String] = []) -> Rehearsal {
    let out = name.map { ["-o", files.path($0)] } ?? []
    return Rehearsal(["compile", "pair", "--batch", "4", "--set", "embedding=8"] + out + options, on: verbs)
  }

  @Test func reportsRoutesMemoryAndPasses() throws {
    let result = compile("a.plan", ["--report", "--json"])
    #expect(result.exitCode == 0, "\(result.standardError)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
    let plan = try Plan(reading: files.path("a.plan"))
    let routes = try #require(report["routes"] as? [[String: Any]])
    #expect(routes.compactMap { $0["invocations"] as? Int }.reduce(0, +) == plan.schedule.steps.count)
    #expect(report["planned_bytes"] as? Int == plan.manifest.arenaBytes && report["lower_bound_bytes"] as? Int == plan.manifest.lowerBoundBytes)
    #expect(try #require(report["ratio"] as? Double) >= 1)
    #expect((report["passes"] as? [[String: Any]])?.contains { $0["pass"] as? String == "llvm" } == true)
    #expect(result.standardError.contains("time by pass:") && result.standardError.contains("kernels by route:"))
  }

  @Test func aModelsSourceIsNotOverwritten() throws {
    let source = try files.write("struct My: Model {}", to: "My.swift")
    let result = compile("My.swift")
    #expect(result.exitCode == 2 && result.standardError.contains("is a model's source"), "\(result.standardError)")
    #expect(try String(decoding: readFile(source), as: UTF8.self) == "struct My: Model {}")
  }

  /// Each process hashes with a seed of its own, so that an order taken from a set would differ.
  @Test(arguments: [["pair", "--batch", "4", "--set", "embedding=8"], [SpecFolder.path("checks/row-sums.vir")]])
  func everyProcessMakesTheSameBytes(_ model: [String]) throws {
    let executable = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .deletingLastPathComponent().appending(path: "vergence").path
    guard FileManager.default.isExecutableFile(atPath: executable) else {
      print("SKIPPED: no executable at '\(executable)'")
      return
    }
    #expect(Rehearsal(["compile"] + model + ["-o", files.path("here.plan")], on: verbs).exitCode == 0)
    let here = try readFile(files.path("here.plan"))
    for number in 0..<5 {
      let path = files.path("there\(number).plan")
      let words = ["compile"] + model + ["-o", path]
      #expect(try Subprocess(executable, words, output: files.path("output")).run(seconds: 60) == .exited(0))
      #expect(try readFile(path) == here)
    }
  }

  @Test func takesATextualGraphByItsOption() throws {
    let text = "graph @twice(%x: f32[3]) {\n  %y = add %x, %x : f32[3]\n  return y = %y\n}\n"
    let path = try files.write(text, to: "twice.vir")
    let result = Rehearsal(["compile", "--from", path, "-o", files.path("twice.plan")], on: verbs)
    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(try Plan(reading: files.path("twice.plan")).manifest.outputs.map(\.name) == ["y"])
    #expect(Rehearsal(["compile", "pair", "--from", path], on: verbs).exitCode == 2)
    let batch = Rehearsal(["compile", path, "--batch", "3"], on: verbs)
    #expect(batch.exitCode == 2 && batch.standardError.contains("'--batch 3' has no effect"), "\(batch.standardError)")
  }

  @Test func warnsOfAnOperationOfALineOnce() throws {
    let turns = (0..<2).map { "  %y\($0) = transpose %x\($0) {permutation = [1, 0]} : f32[1021, 1031] at \"My.swift\":7:9\n" }
    let inputs = "%x0: f32[1031, 1021], %x1: f32[1031, 1021]"
    let path = try files.write("graph @turned(\(inputs)) {\n\(turns.joined())  return a = %y0, b = %y1\n}\n", to: "turned.vir")
    let warning = "My.swift:7:9: warning: 'transpose' has no fast kernel: its elements are gathered one by one (8 MiB)\n"
    for words in [["compile"], ["dump", "--stage", "plan"], ["bench", "--steps", "1", "--json"]] {
      let result = Rehearsal(words + [path], on: verbs)
      #expect(result.exitCode == 0 && result.standardError.hasPrefix(warning), "\(result.standardError)")
      #expect(result.standardError.components(separatedBy: "warning:").count == 2, "\(result.standardError)")
    }
  }

  @Test func stopsAndPrintsWhereItIsTold() {
    let result = compile(nil, ["--stop-after", "dead-nodes", "--print-after", "dead-nodes"])
    #expect(result.exitCode == 0 && result.standardOutput.contains("// after dead-nodes\ngraph @pair"))
    #expect(result.standardOutput.hasSuffix("stopped after 'dead-nodes', without a plan\n"))
  }

  @Test func saysWhenNoPlanIsWritten() {
    let words = ["compile", "pair", "--batch", "4", "--set", "embedding=8"]
    #expect(Rehearsal(words, on: verbs).standardOutput.hasSuffix("no plan was written: '-o pair.plan' writes one\n"))
    #expect(!compile("some.plan").standardOutput.contains("no plan"))
  }

  @Test func tellsProgramsTheLeastBudget() throws {
    let refusal = compile("small.plan", ["--memory-budget", "1KB", "--json"])
    let mistake = try #require(try JSONSerialization.jsonObject(with: Data(refusal.standardOutput.utf8)) as? [String: Any])
    let least = try #require((mistake["figures"] as? [String: Int])?["least_memory_budget"])
    #expect(refusal.exitCode == 2 && refusal.standardError.contains("give '--memory-budget \(least)'"))
    #expect(compile("small.plan", ["--memory-budget", "\(least)"]).exitCode == 0)
    #expect(try Plan(reading: files.path("small.plan")).manifest.arenaBytes <= least)
  }

  @Test(arguments: ["bench", "dump", "profile", "train"]) func aPlansOptionsAreFixed(verb: String) throws {
    #expect(compile("fixed.plan").exitCode == 0)
    let path = files.path("fixed.plan")
    var options = ["--batch 4", "--set embedding=8 --set x=1", "--precision f32", "--products blas", "--memory-budget 9"]
    options += ["--caches 32KiB,1MiB", "--tile forward=2x2", "--target-features avx2"]
    if verb != "train" { options.append("--mode inference") }
    for spelled in options {
      let result = Rehearsal([verb, path] + spelled.split(separator: " ").map(String.init), on: verbs)
      #expect(result.exitCode == 2 && result.standardError.contains("'\(spelled)' comes too late for the plan '\(path)'"), "\(result.standardError)")
      #expect(result.standardError.contains("hint: compile the model again with '\(spelled)'"))
    }
  }

  @Test(arguments: ["compile", "verify"]) func aPlanIsNoModel(verb: String) {
    #expect(compile("some.plan").exitCode == 0)
    let result = Rehearsal([verb, files.path("some.plan")], on: verbs)
    #expect(result.exitCode == 2 && result.standardError.contains("some.plan' is a plan, and a model is wanted"), "\(result.standardError)")
    #expect(result.standardError.contains("hint: train, bench, profile, dump and inspect take plans"))
  }

  @Test(arguments: [
    (["dump", "pair", "--stage", "plan", "--positions"], "'--positions' is for graphs as text"),
    (["dump", "pair", "--format", "dot", "--positions"], "'--positions' is for graphs as text"),
    (["verify", "pair", "--fixture", "f", "--seed", "1"], "'--seed 1' is for '--gradcheck'"),
    (["eval", "run", "--k", "3"], "'--k 3' is for '--probe knn'"),
    (["compile", "pair", "--stop-after", "lowering", "-o", "none.plan"], "'--out none.plan' is for a whole plan"),
    (["compile", "pair", "--stop-after", "lowering", "--time-passes"], "'--stop-after' stops before there is one"),
  ])
  func refusesWhatItWouldIgnore(words: [String], part: String) {
    let result = Rehearsal(words, on: verbs)
    #expect(result.exitCode == 2 && result.standardError.contains(part), "\(result.standardError)")
  }

  @Test(arguments: [
    (["--precision", "f16"], "must be one of f32, bf16"), (["--tile", "forward=9x9"], "needs 91 vector registers"),
    (["--stop-after", "dead-node"], "did you mean 'dead-nodes'?"),
    (["--set", "embeding=8"], "did you mean 'embedding'?"), (["--target-features", "avx3"], "unknown target feature 'avx3'"),
    (["--memory-budget", "1KB"], "with everything made again that helps, they take"), (["--memory-budget", "much"], "a size in bytes"),
    (["--caches", "1,1"], "the first from 8KiB to 1024KiB, the second from 128KiB"), (["--caches", "512KiB,256KiB"], "no smaller than the first"),
    (["--caches", "0,0"], "the first size of '--caches' is too small"), (["--caches", "32KiB"], "must be two sizes"),
    (["--set", "learning_rate=2"], "learning_rate=0.001 is usual: Adam's step size"), (["--threads", "0"], "threads that run the plan"),
  ])
  func refusesWhatItDoesNotKnow(_ options: [String], _ words: String) {
    let result = compile(nil, options)
    #expect(result.exitCode == 2 && result.standardError.contains(words), "\(result.standardError)")
  }

  /// What is read doesn't exist either, so the output was looked at before it.
  @Test(arguments: [["compile", "nothing.vir"], ["profile", "nothing.plan"], ["embed", "nothing"], ["pack", "nothing.csv"]])
  func looksAtTheOutputFirst(words: [String]) {
    let result = Rehearsal(words + ["-o", files.path("missing/out")], on: verbs)
    #expect(result.exitCode == 2 && result.standardError.contains("missing/out'"), "\(result.standardError)")
  }

  @Test func looksForARunBeforeTheModel() throws {
    _ = try files.write("{}", to: "configuration.json")
    let result = Rehearsal(["train", "nothing.vir", "--out", files.path(".")], on: verbs)
    #expect(result.exitCode == 2 && result.standardError.contains("there is a run in"), "\(result.standardError)")
  }
}
