import Compiler
import Graph
import Operations
import Passes
import Support
import Tensors
import Testing

/// Results of one column: a vector's lanes are all of one number's place.
@Suite struct SingleColumnTests {
  @Test(arguments: ["", "to_weights=14x1@48", "product=3x1@7"]) func sumsThatWait(tile: String) throws {
    let graph = try Program(
      parsing: """
        graph @narrow(%x: f32[40, 9, 9, 3], %dy: f32[40, 8, 8, 1], %a: f32[900, 5], %b: f32[900, 1]) {
          %dw = convolution_to_weights %x, %dy {kernel = [2, 2], stride = [1, 1]} : f32[2, 2, 3, 1]
          %p = product %a, %b {transpose_left = true, transpose_right = false} : f32[5, 1]
          return %dw, %p
        }
        """, operations: Catalogue.names
    ).graph
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    var options = CompilerOptions()
    if !tile.isEmpty { options.tiles = [try TileOverride(parsing: tile, for: options.vectorTarget)] }
    let compiled = try CompiledGraph(graph, options: options).run(inputs)
    for (name, tensor) in expected { try expectClose(compiled[name], tensor, tolerance: 2e-5, name) }
  }
}
