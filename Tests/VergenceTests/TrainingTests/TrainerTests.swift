import Compiler
import Datasets
import Foundation
import Graph
import Support
import Testing
import Training

@Suite struct TrainerTests {
  /// An uninterrupted run to compare with.
  private static let uninterrupted = Result {
    let run = try SmallRun()
    return (state: try run.begin().state, metrics: try run.metrics)
  }

  @Test func aRunTellsAndWritesWhatItDid() throws {
    let run = try SmallRun()
    let end = try run.begin()
    guard case .finished(step: 20) = end.outcome else { throw Diagnostic("\(end.outcome)") }
    let lines = try run.metrics.split(separator: "\n")
    #expect(lines.count == 24)
    let update = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
    #expect(update["step"] as? Int == 1 && update["epoch"] as? Int == 1)
    #expect(Set(try #require(update["metrics"] as? [String: Double]).keys) == ["loss", "loss_maps", "learning_rate", "gradient_norm"])
    let test = try #require(try JSONSerialization.jsonObject(with: Data(lines[5].utf8)) as? [String: Any])
    #expect(Set(try #require(test["accuracy"] as? [String: Double]).keys) == ["linear", "mlp"])
    for case .tested(let test) in end.events {
      for score in test.scores { #expect(score.count == 23 && score.classes.map(\.count) == [6, 6, 6, 5]) }
    }
    let chances = end.events.compactMap { if case .updated(let update) = $0 { update.metrics.first?.chance } else { nil } }
    #expect(chances.count == 20 && chances.allSatisfy { abs($0 - log(7.0 * 9 + 1)) < 1e-9 })
    #expect(try RunFolder(opening: run.path).checkpointSteps() == [20, 15, 10])
  }

  /// Stops in an epoch, before an epoch's test, and just after the first update; twice in the last case.
  @Test(arguments: [[3], [5], [1, 10], [19], [20]])
  func aStoppedRunEndsInTheSameBits(stops: [Int]) throws {
    let whole = try Self.uninterrupted.get()
    let run = try SmallRun()
    for (i, stop) in stops.enumerated() {
      let end = i == 0 ? try run.begin(stopAfter: stop) : try run.resume(stopAfter: stop)
      guard case .stopped(step: stop) = end.outcome else { throw Diagnostic("\(end.outcome)") }
    }
    let end = try run.resume()
    guard case .finished(step: 20) = end.outcome else { throw Diagnostic("\(end.outcome)") }
    #expect(end.state == whole.state)
    #expect(try run.metrics == whole.metrics)
  }

  @Test func aRunThatDiedLosesWhatCameAfterItsCheckpointOnly() throws {
    let whole = try Self.uninterrupted.get()
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 14, every: 4)
    // As if it had died after step 13: the last checkpoint is gone, and a line is torn.
    try FileManager.default.removeItem(atPath: RunFolder(opening: run.path).checkpointPath(14))
    try Data((run.metrics + "{\"step\":15,\"ep").utf8).write(to: URL(filePath: run.path + "/metrics.jsonl"))
    #expect(try RunFolder(opening: run.path).checkpointSteps().first == 12)
    #expect(try run.resume().state == whole.state)
    #expect(try run.metrics == whole.metrics)
  }

  @Test func aRunWithoutACheckpointBeginsAgain() throws {
    let whole = try Self.uninterrupted.get()
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 2)
    try FileManager.default.removeItem(atPath: RunFolder(opening: run.path).checkpointPath(2))
    #expect(try run.resume().state == whole.state)
    #expect(try run.metrics == whole.metrics)
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    #expect(try SmallRun().begin(threads: 3).state == Self.uninterrupted.get().state)
  }

  @Test func aDamagedCheckpointIsPassedOver() throws {
    let whole = try Self.uninterrupted.get()
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 12)
    let path = try RunFolder(opening: run.path).checkpointPath(12)
    var bytes = try readFile(path)
    bytes[bytes.count - 5] ^= 1
    try bytes.write(to: URL(filePath: path))
    var notes: [String] = []
    let end = try run.resume(note: { notes.append($0) })
    #expect(notes.count == 1 && notes[0].contains("step 12 is damaged") && notes[0].hasSuffix("taking that of step 10"))
    guard case .began(let beginning) = end.events[0] else { throw Diagnostic("\(end.events[0])") }
    #expect(beginning.step == 10)
    #expect(end.state == whole.state)
    #expect(try run.metrics == whole.metrics)
  }

  @Test func aLossThatIsNotFiniteEndsTheRunAndNamesItsOrigin() throws {
    let run = try SmallRun(options: ["factor": "1e30"])
    let end = try run.begin()
    guard case .notFinite(step: 0, let reason, isSaved: true) = end.outcome else { throw Diagnostic("\(end.outcome)") }
    #expect(reason.contains("'loss' is inf") && reason.contains("was the first to make inf"), "\(reason)")
    let again = try run.resume()
    #expect(again.state == end.state)
  }

  @Test func imagesThatChangedAreRefused() throws {
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 2)
    var changed = run.configuration
    changed.images = "others"
    let folder = try RunFolder(creating: run.path + "/other", changed, program: run.program.text())
    #expect(throws: Diagnostic.self) {
      _ = try Trainer(folder, plan: run.plan, data: run.data, from: nil, options: CompilerOptions(), settings: .init(), stop: StopRequest()) { _ in }
    }
  }

  @Test func moreClassesThanTheProbesKnowAreRefused() throws {
    let run = try SmallRun()
    let feed = try ImageFeed(run.program)
    let data = try DataSource(parsing: "synthetic:train=10,test=5,classes=5").load(size: 8)
    let error = try #require(throws: Diagnostic.self) { try feed.check(data) }
    #expect(error.message.contains("5 classes"))
  }

  @Test func aRunThatCannotBeginLeavesNothingOfItsOwn() throws {
    let run = try SmallRun()
    let files = FileManager.default
    func begin() throws -> RunFolder { try RunFolder(creating: run.path, run.configuration, program: run.program.text()) }
    try begin().discard()
    #expect(!files.fileExists(atPath: run.path))
    try files.createDirectory(atPath: run.path, withIntermediateDirectories: true)
    try writeAtomically(Data("mine".utf8), to: run.path + "/notes.txt")
    try begin().discard()
    #expect(try files.contentsOfDirectory(atPath: run.path) == ["notes.txt"])
  }
}
