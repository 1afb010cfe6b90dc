import Datasets
import Foundation
import Runtime
import Support
import Tensors
import Testing
import Training

@Suite struct CheckpointTests {
  private let checkpoint = Checkpoint(
    step: 7, position: BatchPosition(epoch: 1, batch: 2), seed: 4_000_000_000, configuration: "abc",
    state: [
      StateValue(name: "step", type: .scalar(.i32), bytes: [7, 0, 0, 0]),
      StateValue(name: "weight", type: TensorType(valid: .f32, [2, 1]), bytes: [0, 0, 128, 63, 0, 0, 192, 127]),
    ])

  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vergence-checkpoint-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder + "/7.safetensors")
  }

  @Test func comesBackAsItWas() throws {
    try inFolder { path in
      try checkpoint.write(to: path)
      let read = try Checkpoint(reading: path)
      #expect(read.step == 7 && read.position == checkpoint.position && read.seed == 4_000_000_000 && read.configuration == "abc")
      #expect(Set(read.state) == Set(checkpoint.state))
    }
  }

  @Test func everyAlteredByteOfTheTensorsIsNoticed() throws {
    try inFolder { path in
      try checkpoint.write(to: path)
      let whole = try readFile(path)
      for i in (whole.count - 12)..<whole.count {
        var altered = Data(whole)
        altered[i] ^= 0x10
        try altered.write(to: URL(filePath: path))
        #expect(throws: Diagnostic.self, "byte \(i)") { try Checkpoint(reading: path) }
      }
      for length in stride(from: 0, to: whole.count, by: 7) {
        try Data(whole.prefix(length)).write(to: URL(filePath: path))
        #expect(throws: Diagnostic.self, "\(length) bytes") { try Checkpoint(reading: path) }
      }
    }
  }

  @Test func oneOfAnotherConfigurationIsRefused() throws {
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 1)
    let folder = try RunFolder(opening: run.path)
    let own = try Checkpoint(reading: folder.checkpointPath(1))
    let foreign = Checkpoint(step: 2, position: own.position, seed: own.seed, configuration: "another", state: own.state)
    try foreign.write(to: folder.checkpointPath(2))
    let error = try #require(throws: Diagnostic.self) { try folder.newestCheckpoint() }
    #expect(error.message.contains("another configuration"))
  }

  @Test func aRunIsWrittenByOneProcessOnly() throws {
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 1)
    let folder = try RunFolder(opening: run.path)
    let log = try MetricsLog(path: folder.metricsPath, keeping: .through(step: 1, tests: true))
    let error = try #require(throws: Diagnostic.self) { _ = try run.resume() }
    #expect(error.message.contains("another process"))
    withExtendedLifetime(log) {}
  }
}
