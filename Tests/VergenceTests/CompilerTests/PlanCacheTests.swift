import Compiler
import Foundation
import Graph
import LLVM
import Loops
import Operations
import Passes
import PlanFile
import Tensors
import Testing

/// Whole plans that are kept between compilations.
@Suite struct PlanCacheTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("plan-cache-\(UUID().uuidString)").path
  private var plans: String { folder + "/plans" }

  private func compile(
    _ graph: Graph? = nil, for purpose: Compiler.Purpose = .inference(outputs: nil), _ change: (inout CompilerOptions) throws -> Void = { _ in }
  ) throws -> (plan: Plan?, report: CompilerReport) {
    var options = CompilerOptions()
    (options.cache, options.keepsPlans) = (folder, true)
    try change(&options)
    var compiler = Compiler(options)
    let plan = try compiler.compile(Program(graph: try graph ?? product()), for: purpose)
    return (plan, compiler.report)
  }

  private func product(width: Int = 33) throws -> Graph {
    var g = Graph(name: "kept")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [40, 24])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [24, width])))
    g.setOutput("y", try g.exp(g.product(x, w)))
    g.setOutput("s", try g.reduce(.sum, x, over: [0]))
    return g
  }

  @Test func aPlanIsTakenAsItWas() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (first, second) = (try compile(), try compile())
    #expect(!first.report.wasKept && first.report.kernels.count > 1)
    #expect(second.report.wasKept && second.report.kernels.isEmpty && second.report.timings.map(\.pass) == ["cache"])
    #expect(first.plan != nil && first.plan == second.plan)
  }

  @Test func whateverChangesAPlanHasAnEntryOfItsOwn() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // An option that is added here must be looked for in `PlanCache`, too.
    let names = Mirror(reflecting: CompilerOptions()).children.compactMap(\.label)
    let others = ["printAfter", "stopAfter", "cache", "keepsPlans"]
    let changes: [String: (inout CompilerOptions) throws -> Void] = [
      "target": { $0.target = try TargetMachine(parsing: "avx2,fma") },
      "products": { $0.products = .blas },
      "convolutions": { $0.convolutions = .direct },
      "precision": { $0.precision = .bf16 },
      "tiles": { $0.tiles = [try TileOverride(parsing: "product=4x2", for: $0.vectorTarget)] },
      "caches": { $0.caches = CacheSizes(first: 1 << 14, second: 1 << 19) },
      "threads": { $0.threads = 3 },
      "exposesGradients": { $0.exposesGradients = true },
      "memoryBudget": { $0.memoryBudget = 1 << 30 },
    ]
    #expect(Set(names) == Set(changes.keys).union(others))
    _ = try compile()
    for (name, change) in changes {
      #expect(try !compile(nil, change).report.wasKept, "\(name)")
      #expect(try compile(nil, change).report.wasKept, "\(name)")
    }
    #expect(try !compile(product(width: 34)).report.wasKept)
    #expect(try !compile(for: .inference(outputs: ["y"])).report.wasKept)
    #expect(try !compile(for: .asWritten).report.wasKept)
    #expect(try FileManager.default.contentsOfDirectory(atPath: plans).count == changes.count + 4)
  }

  @Test func whatOnlyPassesTellIsNotTaken() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try compile()
    #expect(try !compile { $0.printAfter = ["tiles"] }.report.wasKept)
    #expect(try compile { $0.stopAfter = "tiles" }.plan == nil)
    #expect(try !compile { $0.keepsPlans = false }.report.wasKept)
  }

  @Test func damageIsFoundOutAndMended() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try compile()
    for damage in [{ (bytes: inout Data) in bytes = Data() }, { $0[$0.count / 2] ^= 1 }, { $0.removeLast() }] {
      let path = try plans + "/" + #require(FileManager.default.contentsOfDirectory(atPath: plans).first)
      var bytes = try #require(FileManager.default.contents(atPath: path))
      damage(&bytes)
      try bytes.write(to: URL(fileURLWithPath: path))
      let second = try compile()
      #expect(!second.report.wasKept && second.plan == first.plan)
    }
    #expect(try compile().report.wasKept)
  }

  @Test func warningsAreSaidEachTime() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var g = Graph(name: "slow")
    // Neither whole vectors along one axis nor along the other.
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [1023, 517])))
    g.setOutput("y", try g.transpose(x, [1, 0]))
    let first = try compile(g)
    #expect(!first.report.warnings.isEmpty)
    let second = try compile(g)
    #expect(second.report.wasKept && second.plan == first.plan && second.report.warnings == first.report.warnings)
  }

  @Test func aFolderThatCannotBeIsDoneWithout() throws {
    #expect(FileManager.default.createFile(atPath: folder, contents: Data()))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try compile().plan != nil && !compile().report.wasKept)
  }
}
