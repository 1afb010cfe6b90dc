import Compiler
import Graph
import Operations
import Passes
import Support
import Tensors
import Testing

/// Gradients to weights whose tiles read copies of their operands: tails of rows and columns, kernels, strides and sweeps that don't divide.
@Suite struct SweepCopyTests {
  @Test(
    arguments: [
      "%x: f32[700, 1, 1, 59], %dy: f32[700, 1, 1, 150]; kernel = [1, 1], stride = [1, 1]; f32[1, 1, 59, 150]",
      "%x: f32[30, 7, 6, 21], %dy: f32[30, 3, 2, 133]; kernel = [3, 3], stride = [2, 2]; f32[3, 3, 21, 133]",
      "%x: f32[50, 3, 4, 44], %dy: f32[50, 2, 3, 200]; kernel = [2, 2], stride = [1, 1]; f32[2, 2, 44, 200]",
    ], [1, 3])
  func agreeWithTheEvaluator(shapes: String, threads: Int) throws {
    let parts = shapes.split(separator: ";").map { $0.drop { $0 == " " } }
    let graph = try Program(
      parsing: """
        graph @g(\(parts[0])) {
          %dw = convolution_to_weights %x, %dy {\(parts[1])} : \(parts[2])
          return %dw
        }
        """, operations: Catalogue.names
    ).graph
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    var options = CompilerOptions()
    options.convolutions = .direct
    options.tiles = [try TileOverride(parsing: "to_weights=5x1@13", for: options.vectorTarget)]
    let compiled = try CompiledGraph(graph, options: options, threads: threads).run(inputs)
    for (name, tensor) in expected { try expectClose(compiled[name], tensor, tolerance: 2e-5, name) }
  }
}
