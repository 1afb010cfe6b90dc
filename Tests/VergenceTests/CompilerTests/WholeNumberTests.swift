import Compiler
import Graph
import Operations
import Tensors
import Testing

/// Division of whole numbers, by zero too, in kernels as in the evaluator.
@Suite struct WholeNumberTests {
  @Test func quotientsAreRoundedTowardsZeroAndNeverTrap() throws {
    let a: [Double] = [7, -7, 1, -1, 0, 2_147_483_647, -2_147_483_648, -2_147_483_648, 2_147_483_646, 5]
    let b: [Double] = [2, 2, 0, 0, 0, 1, -1, 1, 2_147_483_647, -3]
    var graph = Graph(name: "quotients")
    let type = try TensorType(.i32, [a.count])
    let x = try graph.one(Input(name: "a", type: type))
    let y = try graph.one(Input(name: "b", type: type))
    graph.setOutput("quotient", try graph.divide(x, y))
    let inputs = ["a": Tensor([a.count], a), "b": Tensor([b.count], b)]
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected: [Double] = [3, -3, 2_147_483_647, -2_147_483_648, 0, 2_147_483_647, 2_147_483_647, -2_147_483_648, 0, -1]
    #expect(try Evaluator.run(graph, in: &environment)["quotient"]?.elements == expected)
    #expect(try CompiledGraph(graph).run(inputs)["quotient"]?.elements == expected)
  }
}
