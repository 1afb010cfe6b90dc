import Compiler
import Graph
import Operations
import Tensors
import Testing

/// Loops store an operand in a tile's blocks at once only where nobody else needs it as it is.
@Suite struct PackedOperandTests {
  private static func expectAgreement(_ build: (inout Graph, ValueID, ValueID) throws -> [String: ValueID]) throws {
    var g = Graph(name: "packed")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [192, 192])))
    let y = try g.one(Input(name: "y", type: TensorType(.f32, [192, 192])))
    // Made by loops, and read as a factor, so that it is in memory.
    let made = try g.exp(x)
    for (name, value) in try build(&g, made, y).sorted(by: { $0.key < $1.key }) { g.setOutput(name, value) }
    let draws = ExampleOperands(seed: 8)
    let inputs = ["x": draws.tensor(g.type(of: x), number: 0), "y": draws.tensor(g.type(of: y), number: 1)]
    var environment = EvaluationEnvironment(inputs: inputs)
    let result = try CompiledGraph(g).run(inputs)
    for (name, tensor) in try Evaluator.run(g, in: &environment) { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
  }

  @Test func aFactorOfOneProduct() throws {
    try Self.expectAgreement { g, made, y in ["product": try g.product(y, made)] }
  }

  @Test func bothFactors() throws {
    try Self.expectAgreement { g, made, _ in ["product": try g.product(made, made)] }
  }

  @Test func aFactorThatItsEpilogueReads() throws {
    try Self.expectAgreement { g, made, y in ["sum": try g.add(try g.product(y, made), made)] }
  }

  @Test func aFactorThatIsReturned() throws {
    try Self.expectAgreement { g, made, y in ["made": made, "product": try g.product(y, made)] }
  }
}
