import Compiler
import Foundation
import Graph
import LLVM
import Loops
import Operations
import PlanFile
import Tensors
import Testing

/// Machine code that is kept between compilations.
@Suite struct KernelCacheTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kernel-cache-\(UUID().uuidString)").path
  private var kernels: String { folder + "/kernels" }

  private func compile(_ change: (inout CompilerOptions) -> Void = { _ in }) throws -> (plan: Plan, cached: [Bool]) {
    var options = CompilerOptions()
    options.cache = folder
    change(&options)
    var compiler = Compiler(options)
    var g = Graph(name: "cached")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [40, 24])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [24, 33])))
    g.setOutput("y", try g.exp(g.product(x, w)))
    g.setOutput("s", try g.reduce(.sum, x, over: [0]))
    let plan = try #require(try compiler.compile(Program(graph: g), for: .inference(outputs: nil)))
    return (plan, compiler.report.kernels.map(\.cached))
  }

  @Test func whatWasCompiledIsTakenAgain() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try compile()
    #expect(!first.cached.isEmpty && first.cached.allSatisfy { !$0 })
    let second = try compile()
    #expect(second.cached.allSatisfy { $0 } && second.cached.count == first.cached.count)
    #expect(try second.plan.bytes() == first.plan.bytes())
    let none = try compile { $0.cache = nil }
    #expect(try none.plan.bytes() == first.plan.bytes() && none.cached.allSatisfy { !$0 })
  }

  @Test func anotherMachineHasEntriesOfItsOwn() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try compile()
    let machine = try TargetMachine(parsing: "avx2,fma")
    let other = try compile { $0.target = machine }
    #expect(other.cached.allSatisfy { !$0 })
  }

  @Test func damageIsFoundOutAndMended() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try compile()
    let names = try FileManager.default.contentsOfDirectory(atPath: kernels)
    #expect(names.count == first.cached.count)
    for (number, name) in names.sorted().enumerated() {
      let path = kernels + "/" + name
      var bytes = try #require(FileManager.default.contents(atPath: path))
      if number == 0 { bytes = Data() } else { bytes[bytes.count - 1] ^= 1 }
      try bytes.write(to: URL(fileURLWithPath: path))
    }
    let second = try compile()
    #expect(second.cached.allSatisfy { !$0 })
    #expect(try second.plan.bytes() == first.plan.bytes())
    #expect(try compile().cached.allSatisfy { $0 })
  }

  @Test func entriesUnderOthersNamesAreRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try compile()
    let names = try FileManager.default.contentsOfDirectory(atPath: kernels).sorted()
    let contents = try names.map { try #require(FileManager.default.contents(atPath: kernels + "/" + $0)) }
    for (number, name) in names.enumerated() { try contents[(number + 1) % names.count].write(to: URL(fileURLWithPath: kernels + "/" + name)) }
    let second = try compile()
    #expect(names.count > 1 && second.cached.allSatisfy { !$0 })
    #expect(try second.plan.bytes() == first.plan.bytes())
  }

  @Test func aFolderThatCannotBeIsDoneWithout() throws {
    #expect(FileManager.default.createFile(atPath: folder, contents: Data()))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try compile().cached.allSatisfy { !$0 })
  }
}
