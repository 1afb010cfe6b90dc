import Archives
import Foundation
import PlanFile
import Support
import Testing

@Suite struct PlanFileTests {
  @Test func readingReturnsWhatWasWritten() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).plan").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Plan.sample().write(to: path)
    #expect(try Plan(reading: path) == Plan.sample())
  }

  @Test func thePlanDecidesTheBytes() throws {
    #expect(try Plan.sample().bytes() == Plan.sample().bytes())
  }

  @Test func anyZipReaderFindsTheMembers() throws {
    let members = try readZip(Plan.sample().bytes(), file: "sample")
    #expect(
      members.keys.sorted() == [
        "graph.vir", "kernels.ll", "kernels/0.o", "kernels/1.o", "kernels/2.o", "kernels/3.o", "manifest.json", "schedule.json",
      ])
    #expect(members["kernels/1.o"] == Plan.sample().objects[1])
  }

  @Test func everyTruncationIsCalledOne() throws {
    let bytes = try Plan.sample().bytes()
    for length in Array(stride(from: 0, to: bytes.count, by: 17)) + [bytes.count - 1] {
      let error = try #require(throws: Diagnostic.self) { try Plan(bytes: Array(bytes[..<length]), file: "p") }
      #expect(error.message.contains("truncated") || length == 1, "\(length): \(error)")
    }
  }

  @Test func whatWasAddedIsToldFromWhatIsMissing() throws {
    let bytes = try Plan.sample().bytes()
    for count in [1, 2, 87, 88, 5000] {
      let error = try #require(throws: Diagnostic.self) { try Plan(bytes: bytes + Array(repeating: UInt8(ascii: "v"), count: count), file: "p") }
      #expect(error.message.contains("goes on for \(counted(count, "byte")) behind its end"), "\(error)")
    }
  }

  @Test func everyChangedByteIsRefused() throws {
    let bytes = try Plan.sample().bytes()
    for place in Set(stride(from: 0, to: bytes.count, by: 13)).union(bytes.count - 110..<bytes.count) {
      for bit in [UInt8(1), 0x80] {
        var damaged = bytes
        damaged[place] ^= bit
        #expect(throws: Diagnostic.self, "byte \(place)") { try Plan(bytes: damaged, file: "p") }
      }
    }
  }

  @Test func anAlteredMemberIsNamed() throws {
    let altered = try Self.rewritten { $0["kernels.ll"] = Array("; other kernels\n".utf8) }
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: altered, file: "p.plan") }
    #expect(error.message.contains("'p.plan'") && error.message.contains("'kernels.ll'"))
  }

  @Test func aZipWithoutASealIsNotCalledTruncated() throws {
    let members = try readZip(Plan.sample().bytes(), file: "sample")
    let zip = try writeZip(members.sorted { $0.key < $1.key }.map { ZipEntry(name: $0.key, bytes: $0.value) })
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: zip, file: "p") }
    #expect(error.message.contains("has no seal"), "\(error)")
  }

  @Test func aMissingMemberIsNamed() throws {
    let altered = try Self.rewritten { $0["graph.vir"] = nil }
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: altered, file: "p.plan") }
    #expect(error.message.contains("no member 'graph.vir'"))
  }

  @Test(arguments: [2, 7])
  func anotherFormatIsRefusedWithBothVersions(major: Int) throws {
    let other = try Self.rewritten { $0["manifest.json"] = Array(#"{"major": \#(major), "minor": 2, "unheard": "of"}"#.utf8) }
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: other, file: "p") }
    #expect(error.message.contains("format \(major).2") && error.message.contains("reads format 3"))
    #expect(error.hint?.contains("newer vergence") == (major > 3))
  }

  @Test func whatOnlyPeopleReadIsLeftOut() throws {
    let whole = try Plan.sample().bytes()
    var plan = Plan.sample()
    plan.llvm = ""
    #expect(try Plan(bytes: whole, file: "p", .whatRuns) == plan)
    let altered = try Self.rewritten { $0["kernels.ll"] = Array("; other kernels\n".utf8) }
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: altered, file: "p", .whatRuns) }
    #expect(error.message.contains("'kernels.ll'"))
  }

  @Test func aBufferThatIsNotThereIsRefused() throws {
    let members = try readZip(Plan.sample().bytes(), file: "sample")
    let schedule = String(decoding: try #require(members["schedule.json"]), as: UTF8.self)
    // The first invocation's first buffer.
    let altered = schedule.replacing("0,\n        1,\n        2\n", with: "99,\n        1,\n        2\n", maxReplacements: 1)
    try #require(altered != schedule)
    let error = try #require(throws: (any Error).self) { try JSONDecoder().decode(Schedule.self, from: Data(altered.utf8)) }
    #expect("\(error)".contains("there is no buffer 99"))
  }

  @Test(arguments: ["[1, 2, 3]", "", "{\"major\": 1e300}", String(repeating: "[", count: 100_000)])
  func aManifestThatIsNoneIsRefused(text: String) throws {
    let altered = try Self.rewritten { $0["manifest.json"] = Array(text.utf8) }
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: altered, file: "p") }
    #expect(error.message.contains("manifest.json"))
  }

  @Test func otherFilesAreNoPlans() throws {
    let error = try #require(throws: Diagnostic.self) { try Plan(bytes: Array("graph @tiny() {}".utf8), file: "tiny.vir") }
    #expect(error.message.contains("'tiny.vir' is no plan"))
  }

  @Test func missingFeaturesAreNamed() throws {
    let plan = Plan.sample()
    #expect(plan.missingFeatures(host: ["avx2", "sse2"]) == ["fma"])
    #expect(throws: PlanProblem.missingFeatures(["avx2", "fma"])) { try plan.requireRunnable(on: "x86_64-unknown-linux-gnu", features: []) }
    #expect(throws: PlanProblem.otherArchitecture(plan: "x86_64", host: "aarch64")) {
      try plan.requireRunnable(on: "aarch64-linux-gnu", features: ["avx2", "fma"])
    }
    try plan.requireRunnable(on: "x86_64-unknown-linux-gnu", features: ["avx2", "fma", "f16c"])
  }

  /// Returns the sample's file with its members changed by `change` and a comment in the seal's place.
  private static func rewritten(_ change: (inout [String: [UInt8]]) -> Void) throws -> [UInt8] {
    let bytes = try Plan.sample().bytes()
    var members = try readZip(bytes, file: "sample")
    change(&members)
    var zip = try writeZip(members.sorted { $0.key < $1.key }.map { ZipEntry(name: $0.key, bytes: $0.value) })
    let seal = bytes.suffix(23 + 64)
    zip[zip.count - 2] = UInt8(seal.count)
    return zip + seal
  }
}
