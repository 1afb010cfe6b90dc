import Codegen
import Compiler
import Foundation
import Graph
import LLVM
import Loops
import Operations
import PlanFile
import Runtime
import Tensors
import Testing

/// Kernels that share a function.
@Suite struct KernelModuleTests {
  /// Sums of a table's rows: of as many kinds as there are `lengths`.
  private func sums(_ lengths: [Int]) throws -> Program {
    var g = Graph(name: "sums")
    for length in lengths {
      let x = try g.one(Input(name: "x\(length)", type: TensorType(.f32, [length, 640])))
      g.setOutput("sum\(length)", try g.reduce(.sum, x, over: [0]))
    }
    return Program(graph: g)
  }

  @Test func whatDiffersInNumbersAloneIsCompiledOnce() throws {
    var compiler = Compiler(CompilerOptions())
    let plan = try #require(try compiler.compile(try sums([70, 90, 110]), for: .inference(outputs: nil)))
    #expect(plan.schedule.kernels.count == 3 && compiler.report.kernels.count == 3)
    // The shared function, and the calls.
    #expect(plan.objects.count == 2)
    #expect(plan.llvm.components(separatedBy: "define void @shared_").count == 2)
    #expect(plan.llvm.components(separatedBy: "tail call void @shared_").count == 4)
    // Each calls it with its own number.
    let executor = try Executor(plan: plan)
    for length in [70, 90, 110] { try executor.withInput("x\(length)") { $0.bindMemory(to: Float.self).update(repeating: 1) } }
    try executor.step()
    for length in [70, 90, 110] {
      #expect(try executor.output("sum\(length)") == [Float](repeating: Float(length), count: 640))
    }
  }

  @Test func aKernelWithoutRelativesIsItsOwnFunction() throws {
    var compiler = Compiler(CompilerOptions())
    let plan = try #require(try compiler.compile(try sums([70]), for: .inference(outputs: nil)))
    #expect(plan.objects.count == 1 && !plan.llvm.contains("@shared_"))
  }

  /// A family's function is taken from the cache where another model has one with the same arguments, whatever their numbers.
  @Test func theCacheKnowsFamilies() throws {
    let files = try TemporaryFiles()
    func cached(_ lengths: [Int]) throws -> [Bool] {
      var options = CompilerOptions()
      options.cache = files.path("cache")
      var compiler = Compiler(options)
      _ = try compiler.compile(try sums(lengths), for: .inference(outputs: nil))
      return compiler.report.kernels.map(\.cached)
    }
    #expect(try cached([70, 90]) == [false, false])
    #expect(try cached([110, 130, 150]) == [true, true, true])
    #expect(try cached([70]) == [false])
  }

  @Test func aReciprocalDivides() {
    let largest = 1 << 31 - 1
    let powers = (1...30).flatMap { [1 << $0 - 1, 1 << $0, 1 << $0 + 1] }
    for divisor in Array(1...300) + powers + [largest - 1, largest] {
      let reciprocal = Reciprocal(of: divisor)
      for near in [0, divisor, largest / 2 / divisor * divisor, largest / divisor * divisor, largest] {
        for x in near - 1...near + 1 where (0...largest).contains(x) {
          #expect((x * reciprocal.factor) >> reciprocal.shift == x / divisor, "\(x) / \(divisor)")
        }
      }
    }
  }
}
