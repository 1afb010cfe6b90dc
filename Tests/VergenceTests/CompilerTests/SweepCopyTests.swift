import Compiler
import Graph
import Operations
import Passes
import PlanFile
import Runtime
import Support
import Tensors
import Testing

/// Sums over rows, of gradients to weights and of products, whose tiles read copies of their operands: tails of rows and columns, kernels, strides, batches and sweeps that don't divide.
@Suite struct SweepCopyTests {
  @Test(
    arguments: [
      "%x: f32[700, 1, 1, 59], %y: f32[700, 1, 1, 150]; convolution_to_weights: kernel = [1, 1], stride = [1, 1]; f32[1, 1, 59, 150]",
      "%x: f32[30, 7, 6, 21], %y: f32[30, 3, 2, 133]; convolution_to_weights: kernel = [3, 3], stride = [2, 2]; f32[3, 3, 21, 133]",
      "%x: f32[50, 3, 4, 44], %y: f32[50, 2, 3, 200]; convolution_to_weights: kernel = [2, 2], stride = [1, 1]; f32[2, 2, 44, 200]",
      "%x: f32[9, 3, 3, 44], %y: f32[9, 1, 1, 200]; convolution_to_weights: kernel = [3, 3], stride = [1, 1]; f32[3, 3, 44, 200]",
      "%x: f32[500, 27], %y: f32[500, 141]; product: transpose_left = true, transpose_right = false; f32[27, 141]",
      "%x: f32[2, 3, 61, 33], %y: f32[2, 3, 61, 150]; product: transpose_left = true, transpose_right = false; f32[2, 3, 33, 150]",
    ], [1, 3])
  func agreeWithTheEvaluator(shapes: String, threads: Int) throws {
    let parts = shapes.split(separator: ";").map { $0.drop { $0 == " " } }
    let operation = parts[1].split(separator: ":")
    let graph = try Program(
      parsing: """
        graph @g(\(parts[0])) {
          %sums = \(operation[0]) %x, %y {\(operation[1])} : \(parts[2])
          return %sums
        }
        """, operations: Catalogue.names
    ).graph
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    var options = CompilerOptions()
    options.convolutions = .direct
    options.tiles = try ["to_weights=5x1@13", "product=5x1@13"].map { try TileOverride(parsing: $0, for: options.vectorTarget) }
    // Short sums too: all of one is a sweep.
    var compiler = Compiler(options)
    #expect(try compiler.kernelGraph(of: graph)?.text().contains("copied, sweep ") == true)
    let compiled = try CompiledGraph(graph, options: options, threads: threads).run(inputs)
    for (name, tensor) in expected { try expectClose(compiled[name], tensor, tolerance: 2e-5, name) }
  }

  /// The gradient of an objective whose table is made block by block: its sums over the table's rows are of copies.
  @Test func blocksOfATableAgreeWithTheEvaluator() throws {
    let graph = try Program(
      parsing: """
        graph @objective(%sources: f32[192, 144], %targets: f32[192, 49, 144]) {
          %one = constant {value = 1} : f32[]
          %of_sources, %of_targets = info_nce_gradient %sources, %targets, %one, %one {clip = 20, penalty = 0.05} : f32[192, 144], f32[192, 49, 144]
          return %of_sources, %of_targets
        }
        """, operations: Catalogue.names
    ).graph
    let inputs = ExampleOperands(seed: 7).tensors(forInputsOf: graph)
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    let compiled = try CompiledGraph(graph, threads: 2)
    #expect(compiled.executor.plan.schedule.streams.contains { $0.chunks > 1 })
    let results = try compiled.run(inputs)
    for (name, tensor) in expected { try expectClose(results[name], tensor, tolerance: 2e-5, name) }
  }
}
