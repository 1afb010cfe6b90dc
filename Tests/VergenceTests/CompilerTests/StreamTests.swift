import Compiler
import Graph
import LLVM
import Loops
import Operations
import PlanFile
import Runtime
import Support
import Tensors
import Testing

/// Tables too large to keep, made and used chunk by chunk.
@Suite struct StreamTests {
  /// Sizes that nothing divides, of a table in two blocks.
  private static let sizes = (batch: 151, locations: 49, width: 19)

  @Test(arguments: [5.0, 100.0], [false, true]) func theObjectiveAgreesWithTheEvaluator(clip: Double, gradientWaits: Bool) throws {
    let graph = try Self.objective(Self.sizes, clip: clip, gradientWaits: gradientWaits)
    let draws = ExampleOperands(seed: 7)
    // Scores far apart: exponentials that are not shifted by their own largest would vanish, or overflow.
    let scale = clip > 50 ? 8.0 : 1
    let inputs = [
      "sources": draws.tensor(try TensorType(.f32, [Self.sizes.batch, Self.sizes.width]), number: 0).map { Double(Float(scale * $0)) },
      "targets": draws.tensor(try TensorType(.f32, [Self.sizes.batch, Self.sizes.locations, Self.sizes.width]), number: 1),
    ]
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    var library = CompilerOptions()
    library.products = .blas
    for options in [CompilerOptions(), CompilerOptions(target: try TargetMachine(parsing: "avx2,fma")), library] {
      let one = try CompiledGraph(graph, options: options, threads: 1)
      #expect(one.executor.plan.schedule.streams.map(\.chunks) == (gradientWaits ? [2, 2] : [2]))
      let result = try one.run(inputs)
      for (name, tensor) in expected { try expectClose(result[name], tensor, tolerance: 1e-5, name) }
      for threads in [2, 3] { #expect(try CompiledGraph(graph, options: options, threads: threads).run(inputs) == result, "\(threads) threads") }
    }
  }

  @Test func memoryGrowsWithTheBatchAndNotWithItsSquare() throws {
    let bytes = try [256, 512, 1024].map { batch in
      let graph = try Self.objective((batch, 49, 32), clip: 20)
      var compiler = Compiler(CompilerOptions())
      let plan = try #require(try compiler.compile(Program(graph: graph), for: .inference(outputs: nil)))
      // Two tables of a block, which is a quarter of the smallest.
      #expect(plan.manifest.arenaBytes < 4 * batch * batch * 49 * 6 / 10)
      return plan.manifest.arenaBytes
    }
    // A block's memory is about the same for all; what remains is a row or a column of the table.
    #expect(bytes[2] - bytes[1] <= 3 * max(bytes[1] - bytes[0], 1 << 18))
    #expect(bytes[2] < 14 << 20)
  }

  @Test func whatNeedsTheWholeTableKeepsIt() throws {
    var g = Graph(name: "whole")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [3000, 5])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [5, 120])))
    let table = try g.product(x, w)
    let largest = try g.reduce(.maximum, table, over: [0])
    let exponentials = try g.exp(g.subtract(table, g.broadcast(largest, to: [3000, 120], dimensions: [1])))
    g.setOutput("sums", try g.reduce(.sum, exponentials, over: [0]))
    let draws = ExampleOperands(seed: 3)
    let inputs = ["x": draws.tensor(g.type(of: x), number: 0), "w": draws.tensor(g.type(of: w), number: 1)]
    let compiled = try CompiledGraph(g)
    #expect(compiled.executor.plan.schedule.streams.isEmpty)
    var environment = EvaluationEnvironment(inputs: inputs)
    for (name, tensor) in try Evaluator.run(g, in: &environment) { try expectClose(try compiled.run(inputs)[name], tensor, tolerance: 1e-5, name) }
  }

  @Test func layersThatFollowEachOthersRowsNeedOneChunk() throws {
    var g = Graph(name: "layers")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [3001, 7])))
    let v = try g.one(Input(name: "v", type: TensorType(.f32, [7, 130])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [130, 3])))
    let hidden = try g.relu(g.product(x, v))
    g.setOutput("y", try g.product(hidden, w))
    g.setOutput("sums", try g.product(hidden, x, transposeLeft: true))
    let draws = ExampleOperands(seed: 4)
    let inputs = [
      "x": draws.tensor(g.type(of: x), number: 0), "v": draws.tensor(g.type(of: v), number: 1), "w": draws.tensor(g.type(of: w), number: 2),
    ]
    let compiled = try CompiledGraph(g, threads: 3)
    #expect(compiled.executor.plan.schedule.streams.count == 1)
    #expect(compiled.executor.plan.manifest.arenaBytes <= 1 << 20 + 1 << 14)
    var environment = EvaluationEnvironment(inputs: inputs)
    let result = try compiled.run(inputs)
    for (name, tensor) in try Evaluator.run(g, in: &environment) { try expectClose(result[name], tensor, tolerance: 1e-5, name) }
  }

  /// The objective's loss, penalty and gradients; where the gradient waits, those of the loss's square.
  private static func objective(_ sizes: (batch: Int, locations: Int, width: Int), clip: Double, gradientWaits: Bool = false) throws -> Graph {
    var g = Graph(name: "objective")
    let sources = try g.one(Input(name: "sources", type: TensorType(.f32, [sizes.batch, sizes.width])))
    let targets = try g.one(Input(name: "targets", type: TensorType(.f32, [sizes.batch, sizes.locations, sizes.width])))
    let results = try g.append(InfoNCE(clip: clip, penalty: 0.05), [sources, targets])
    let one = try g.constant(1, .scalar(.f32))
    let seed = try gradientWaits ? g.scaled(results[0], by: 2) : one
    let gradients = try g.append(InfoNCEGradient(clip: clip, penalty: 0.05), [sources, targets, seed, one])
    for (name, value) in zip(["loss", "penalty", "toSources", "toTargets"], results + gradients) { g.setOutput(name, value) }
    return g
  }
}
