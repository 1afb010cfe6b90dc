import Commands
import Foundation
import LLVM
import PlanFile
import Support
import Testing

@Suite struct PlanLoaderTests {
  private let files: TemporaryFiles
  init() throws { files = try TemporaryFiles() }

  private func compile(_ options: [String] = []) throws -> String {
    let path = files.path("pair.plan")
    let result = Rehearsal(["compile", "pair", "--batch", "2", "--set", "embedding=4", "-o", path] + options, on: verbs)
    try #require(result.exitCode == 0, "\(result.standardError)")
    return path
  }

  @Test func aPlanForAnotherMachineIsCompiledAgain() throws {
    let path = try compile(["--products", "blas", "--threads", "3"])
    let plan = try Plan(reading: path)
    try #require(plan.manifest.features.contains("sse2"))
    let older = TargetMachine(triple: plan.manifest.triple, features: ["sse2"])
    var notes: [String] = []
    let again = try loadPlan(path, for: older, note: { notes.append($0) })
    #expect(notes.count == 1 && notes[0].contains("which this machine lacks"), "\(notes)")
    #expect(again.missingFeatures(host: older.features).isEmpty)
    #expect(again.manifest.options == plan.manifest.options && again.manifest.outputs == plan.manifest.outputs)
    #expect(again.manifest.state == plan.manifest.state && again.program == plan.program)
  }

  @Test func aPlanForThisMachineIsTakenAsItIs() throws {
    let path = try compile()
    #expect(try loadPlan(path, note: { Issue.record("\($0)") }) == Plan(reading: path, .whatRuns))
  }

  @Test func aDamagedPlanIsRefused() throws {
    let path = try compile()
    var bytes = try readFile(path)
    bytes[bytes.startIndex + bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let altered = Rehearsal(["bench", path], on: verbs)
    #expect(altered.exitCode == 2 && altered.standardError.contains("altered or damaged"), "\(altered.standardError)")
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
    let model = Rehearsal(["inspect", "pair"], on: verbs)
    #expect(model.exitCode == 2 && model.standardError.contains("'pair' is a model, not a plan"))
    let cut = Rehearsal(["inspect", path], on: verbs)
    #expect(cut.exitCode == 2 && cut.standardError.contains("is truncated"), "\(cut.standardError)")
  }
}
