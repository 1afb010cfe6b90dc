import Compiler
import Graph
import Operations
import Passes
import Tensors
import Testing

/// Whole graphs through all passes against the evaluator: what no single operation's law can see.
@Suite struct RandomStepTests {
  @Test(arguments: 0..<80) func aCompiledGraphAgreesWithTheEvaluator(seed: Int) throws {
    try expectAgreement(seed: seed, CompilerOptions())
  }

  @Test(arguments: 0..<40) func soItDoesWithFastConvolutions(seed: Int) throws {
    var options = CompilerOptions()
    options.convolutions = .fast
    try expectAgreement(seed: seed, options)
  }

  private func expectAgreement(seed: Int, _ options: CompilerOptions) throws {
    let graph = try RandomStep.make(seed: UInt32(seed))
    let inputs = ExampleOperands(seed: UInt32(seed)).tensors(forInputsOf: graph)
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    let actual = try CompiledGraph(graph, options: options).run(inputs)
    for (name, tensor) in expected { try expectClose(actual[name], tensor, tolerance: 2e-5, "\(name) of \(graph.text())") }
  }
}
