import Graph
import Operations
import PlanFile
import Runtime
import Support
import Tensors
import Testing

/// Exchanges of axes that are as long as those of weights: by registers, whatever a unit of work takes of them.
@Suite struct TransposeTests {
  @Test(
    arguments: [
      ([16, 32], [1, 0]), ([2, 96, 64], [0, 2, 1]), ([2, 528, 560], [0, 2, 1]), ([528, 2, 80], [2, 1, 0]), ([1040, 512], [1, 0]),
    ], [1, 3])
  func longAxesChangePlacesInRegisters(exchange: (shape: [Int], permutation: [Int]), threads: Int) throws {
    let (shape, permutation) = exchange
    var g = Graph(name: "g")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, shape)))
    g.setOutput("y", try g.transpose(x, permutation))
    let inputs = ["x": Tensor(shape) { (i: Int) in Double(i) }]
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(g, in: &environment)
    let compiled = try CompiledGraph(g, threads: threads)
    #expect(compiled.executor.plan.schedule.kernels.map(\.route) == ["loops transposed"])
    #expect(try compiled.run(inputs)["y"] == expected["y"])
  }
}
