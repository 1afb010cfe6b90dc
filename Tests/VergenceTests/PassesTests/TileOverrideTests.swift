import Codegen
import Compiler
import Graph
import Operations
import Passes
import Support
import Tensors
import Testing

/// A tile that is asked for in the place of the compiler's choice.
@Suite struct TileOverrideTests {
  private static let machine = VectorTarget(lanes: 16)

  @Test(arguments: ["forward=14x2", "to_data=1x1", "to_weights=8x2@256", "product=6x4"])
  func textIsReadBack(text: String) throws {
    #expect(try TileOverride(parsing: text, for: Self.machine).text == text)
  }

  @Test(arguments: [
    ("backward=6x4", "no pass is called 'backward'"),
    ("forward", "'forward' is no tile"),
    ("forward=6", "'forward=6' is no tile"),
    ("forward=0x4", "'forward=0x4' is no tile"),
    ("forward=6x4@", "'forward=6x4@' is no tile"),
    ("forward=6x4@0", "'forward=6x4@0' is no tile"),
    ("forward=8x4", "a tile of 8x4 needs 37 vector registers, and the machine has 32"),
  ])
  func refuses(text: String, message: String) throws {
    let problem = try #require(throws: Diagnostic.self) { _ = try TileOverride(parsing: text, for: Self.machine) }
    #expect(problem.message == message)
  }

  @Test(arguments: ["5x3", "1x4", "13x2", "2x1@1", "7x2@3"])
  func theResultStaysTheSame(shape: String) throws {
    let graph = try Program(
      parsing: """
        graph @g(%x: f32[9, 6, 5, 35], %dy: f32[9, 5, 3, 40], %w: f32[2, 3, 35, 40]) {
          %y = convolution %x, %w {padding = valid, stride = [1, 1]} : f32[9, 5, 3, 40]
          %dx = convolution_to_data %dy, %w {height = 6, stride = [1, 1], width = 5} : f32[9, 6, 5, 35]
          %dw = convolution_to_weights %x, %dy {kernel = [2, 3], stride = [1, 1]} : f32[2, 3, 35, 40]
          return %y, %dx, %dw
        }
        """, operations: Catalogue.names
    ).graph
    var source = RandomSource(seed: 3)
    var inputs: [String: Tensor] = [:]
    for node in graph.nodes {
      guard let input = node.operation as? Input else { continue }
      inputs[input.name] = Tensor(input.type.shape) { (_: Int) in Double(Float.random(in: -1...1, using: &source)) }
    }
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    var options = CompilerOptions()
    options.tiles = try ["forward", "to_data", "to_weights"].map { try TileOverride(parsing: "\($0)=\(shape)", for: options.vectorTarget) }
    let actual = try CompiledGraph(graph, options: options).run(inputs)
    for (name, tensor) in expected { try expectClose(actual[name], tensor, tolerance: CompiledKernelLaw.tolerance, name) }
  }
}
