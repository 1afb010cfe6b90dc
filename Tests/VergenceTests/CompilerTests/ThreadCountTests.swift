import Compiler
import Graph
import Loops
import Operations
import PlanFile
import Support
import Tensors
import Testing

/// The same bits on any number of threads.
@Suite struct ThreadCountTests {
  @Test func sumsAndContractionsDoNotDependOnThreads() throws {
    let graph = try Self.graph()
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    var compiler = Compiler(CompilerOptions())
    var plan = try #require(try compiler.compile(Program(graph: graph), for: .inference(outputs: nil)))
    let one = try CompiledGraph(plan: plan, threads: 1).run(inputs)
    for slice in [nil, 1] {
      for i in plan.schedule.kernels.indices { plan.schedule.kernels[i].slice = slice }
      for threads in [2, 3] {
        let many = try CompiledGraph(plan: plan, threads: threads).run(inputs)
        for (name, tensor) in one { #expect(many[name] == tensor, "\(name) on \(threads) threads, slices of \(slice ?? 0)") }
      }
    }
    var environment = EvaluationEnvironment(inputs: inputs)
    for (name, tensor) in try Evaluator.run(graph, in: &environment) { try expectClose(one[name], tensor, tolerance: 2e-5, name) }
  }

  /// Every kind of kernel once: a convolution with an epilogue and its backward passes, long and short sums, maxima, a product.
  private static func graph() throws -> Graph {
    var g = Graph(name: "kinds")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [2, 9, 13, 11, 24])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [3, 3, 24, 40])))
    let b = try g.one(Input(name: "b", type: TensorType(.f32, [40])))
    let y = try g.one(Convolution(stride: [2, 2]), x, w)
    let biased = try g.add(y, try g.broadcast(b, to: g.type(of: y).shape, dimensions: [4]))
    let z = try g.relu(biased)
    g.setOutput("z", z)
    g.setOutput("toData", try g.one(ConvolutionToData(stride: [2, 2], height: 13, width: 11), z, w))
    g.setOutput("toWeights", try g.one(ConvolutionToWeights(stride: [2, 2], kernel: [3, 3]), x, z))
    g.setOutput("sums", try g.reduce(.sum, x, over: [1, 2, 3]))
    g.setOutput("total", try g.reduce(.sum, try g.multiply(x, x), over: [0, 1, 2, 3, 4]))
    g.setOutput("rows", try g.reduce(.maximum, z, over: [4]))
    return g
  }
}
