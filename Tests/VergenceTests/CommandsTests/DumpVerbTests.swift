import Commands
import Foundation
import Graph
import Operations
import PlanFile
import Support
import Testing

@Suite struct DumpVerbTests {
  private func dump(_ options: [String]) -> Rehearsal { Rehearsal(["dump", "pair", "--batch", "2", "--set", "embedding=4"] + options, on: verbs) }

  @Test(arguments: [
    ("graph", "graph @pair"), ("training", "gradient_norm"), ("kernels", "kernel @"), ("plan", "bytes planned"), ("llvm", "define void @kernel_"),
    ("asm", "kernel_"),
  ])
  func everyStageIsShown(_ stage: String, _ words: String) {
    let result = dump(["--stage", stage])
    #expect(result.exitCode == 0 && result.standardOutput.contains(words), "\(result.standardError)")
  }

  @Test(arguments: ["training", "inference"])
  func aGraphReadsBack(_ mode: String) throws {
    let text = dump(["--stage", "graph", "--positions", "--mode", mode]).standardOutput
    let program = try Program(parsing: text, operations: Catalogue.names)
    #expect((program.training == nil) == (mode == "inference"))
    #expect(program.text(positions: true) == text)
  }

  /// Every node is drawn once, in a frame where it has a place, and every quotation mark is closed.
  @Test func aPictureHoldsEveryNodeOnce() throws {
    let picture = dump(["--stage", "graph", "--format", "dot"]).standardOutput
    let graph = try Program(parsing: dump(["--stage", "graph"]).standardOutput, operations: Catalogue.names).graph
    let lines = picture.split(separator: "\n").map { $0.drop { $0 == " " } }
    let boxes = lines.compactMap { $0.prefixMatch(of: /n\d+ \[label="(?<mnemonic>\w+)/).map { String($0.mnemonic) } }
    #expect(boxes.sorted() == graph.nodes.map(\.mnemonic).sorted())
    #expect(lines.count { $0.contains(" -> ") } == graph.nodes.reduce(graph.outputs.count) { $0 + $1.operands.count })
    #expect(picture.count { $0 == "{" } - picture.count { $0 == "}" } == 0)
    for line in lines { #expect(line.replacing("\\\\", with: "").replacing("\\\"", with: "").count { $0 == "\"" }.isMultiple(of: 2)) }
  }

  @Test func onlyGraphsAreDrawn() {
    let result = dump(["--stage", "kernels", "--format", "dot"])
    #expect(result.exitCode == 2 && result.standardError.contains("draws graphs"))
  }

  /// The planner's bound is the most that is live at once, and the listing counts the same from the schedule alone.
  @Test func theListingsLiveBytesReachThePlannersBound() throws {
    let files = try TemporaryFiles()
    let path = files.path("amdim.plan")
    let model = ["amdim", "--batch", "2", "--set", "width=4", "--set", "embedding=16", "--set", "depth=1", "-o", path]
    try #require(Rehearsal(["compile"] + model, on: verbs).exitCode == 0)
    let plan = try Plan(reading: path)
    let live = plan.schedule.liveBytes
    #expect(live.max() == plan.manifest.lowerBoundBytes)
    #expect(Rehearsal(["dump", path, "--stage", "plan"], on: verbs).standardOutput.contains("no state is written before here"))
  }
}
