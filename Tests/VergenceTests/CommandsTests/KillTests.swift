import Foundation
import Support
import Testing

/// The built program, killed at random moments.
@Suite struct KillTests {
  /// The executable that was built beside this test, or `nil`, with a loud line.
  private static let program: String? = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let path = (tests as NSString).deletingLastPathComponent + "/vergence"
    if FileManager.default.isExecutableFile(atPath: path) { return path }
    print("SKIPPED: there is no '\(path)': build everything first")
    return nil
  }()

  /// Starts the program; a child has the signals blocked that its parent's thread has, as threads of a test may.
  private func start(_ words: [String], takingSignals: Bool = false) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.program))
    process.arguments = words
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    if takingSignals { pthread_sigmask(SIG_UNBLOCK, &all, &before) }
    defer { if takingSignals { pthread_sigmask(SIG_SETMASK, &before, nil) } }
    try process.run()
    return process
  }

  private func contents(_ run: String, _ name: String) throws -> Data { try readFile("\(run)/\(name)") }

  @Test(.enabled(if: KillTests.program != nil)) func aRunThatIsKilledTenTimesEndsInTheSameBits() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vergence-kill-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (whole, killed) = (folder + "/whole", folder + "/killed")
    let words = [
      "pair", "--set", "embedding=4", "--batch", "20", "--data", "synthetic:train=400,test=50", "--epochs", "20", "--checkpoint-every", "7",
    ]
    let uninterrupted = try start(["train", "--out", whole] + words)
    uninterrupted.waitUntilExit()
    #expect(uninterrupted.terminationStatus == 0)

    var process = try start(["train", "--out", killed] + words)
    var kills = 0
    while kills < 10 {
      usleep(UInt32.random(in: 150_000...400_000))
      guard process.isRunning else { break }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      kills += 1
      let hasBegun = FileManager.default.fileExists(atPath: killed + "/configuration.json")
      process = try start(hasBegun ? ["train", "--resume", killed] : ["train", "--out", killed] + words)
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(kills > 0)
    #expect(try contents(killed, "checkpoints/400.safetensors") == contents(whole, "checkpoints/400.safetensors"))
    #expect(try contents(killed, "metrics.jsonl") == contents(whole, "metrics.jsonl"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: killed + "/checkpoints").allSatisfy { $0.hasSuffix(".safetensors") })
  }

  @Test(.enabled(if: KillTests.program != nil)) func anInterruptEndsAUsersModelToo() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vergence-int-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder + "/tmp", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = folder + "/Endless.swift"
    let text = #"""
      import Foundation
      import Vergence
      struct Endless: Model {
        func step(_ batch: Batch) throws -> TrainingStep {
          FileManager.default.createFile(atPath: "FOLDER/\(ProcessInfo.processInfo.processIdentifier)", contents: nil)
          while true {}
        }
      }
      """#.replacing("FOLDER", with: folder)
    try writeAtomically(Data(text.utf8), to: model)
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.program))
    process.arguments = ["compile", model, "-o", folder + "/endless.plan"]
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder + "/tmp", "VERGENCE_CACHE": "off"]) { $1 }
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    // Until the model runs: its number is a file's name.
    func models() -> [Int32] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { Int32($0) } }
    for _ in 0..<6000 where models().isEmpty && process.isRunning { usleep(20_000) }
    let child = try #require(models().first)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    for _ in 0..<100 where kill(child, 0) == 0 { usleep(20_000) }
    #expect(kill(child, 0) != 0, "the model's process is ended")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp").isEmpty, "nothing is left behind, nor cached")
  }

  /// A user's model is compiled and run by other programs first, which listen for signals as training does after them.
  @Test(.enabled(if: KillTests.program != nil), arguments: [(false, false), (false, true), (true, true)])
  func aPoliteKillSavesFirst(ofUsersModel isUsers: Bool, takingSignals: Bool) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vergence-term-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (model, run) = (folder + "/Small.swift", folder + "/run")
    let text = """
      import Vergence
      struct Small: Model {
        @Option("width", in: 1...64) var embedding = 8
        func step(_ batch: Batch) throws -> TrainingStep {
          let views = try batch.views(2, size: 32, by: .cifar).reshaped([2, batch.count, 32 * 32 * 3])
          let embeddings = try Linear("encoder", embedding)(views)
          let agreement = try InfoNCE(clip: 20, penalty: 0.05)(embeddings, embeddings)
          return try TrainingStep(minimize: agreement.loss + agreement.penalty, features: embeddings, by: .adam(1e-3))
        }
      }
      """
    if isUsers { try writeAtomically(Data(text.utf8), to: model) }
    let process = try start(
      [
        "train", isUsers ? model : "pair", "--set", "embedding=4", "--batch", "20", "--data", "synthetic:train=400,test=50", "--epochs", "100000",
        "--out", run,
      ], takingSignals: takingSignals)
    let metrics = run + "/metrics.jsonl"
    // Until it makes updates.
    for _ in 0..<600 where ((try? readFile(metrics)) ?? Data()).count < 1000 { usleep(20_000) }
    process.terminate()
    // One that doesn't listen would make its updates for days.
    for _ in 0..<1500 where process.isRunning { usleep(20_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    let steps = String(decoding: try readFile(metrics), as: UTF8.self).split(separator: "\n").count { $0.contains("gradient_norm") }
    #expect(FileManager.default.fileExists(atPath: "\(run)/checkpoints/\(steps).safetensors"))
  }
}
