import Graph
import Loops
import Operations
import Tensors
import Testing

/// What an operation lowers to computes what it means, before any code is generated.
@Suite("Lowering against evaluation")
struct LoweringLaw {
  @Test("lowering", arguments: CatalogueEntry.withExamples)
  func lowering(_ entry: CatalogueEntry) throws {
    for example in entry.operation.examples {
      let results = try example.operation.infer(example.operands)
      let operands = ExampleOperands(seed: 5).tensors(for: example)
      var environment = EvaluationEnvironment()
      let expected = try example.operation.evaluate(operands, in: &environment)
      let computed =
        switch example.operation.lower(example.operands, to: results) {
        case .expansion(let expand): try self.expansion(of: example, expand, on: operands)
        case .elements(let elements): try self.elements(elements, results, on: operands)
        case .loops(let loops): try self.loops(loops, results, on: operands)
        case .contraction(let contract): try self.contraction(contract, results[0], on: operands)
        case .alias: [Tensor(results[0].shape, operands[0].elements)]
        case .external: [Tensor]()
        }
      try #require(computed.map(\.shape) == expected.map(\.shape))
      for (i, (computed, expected)) in zip(computed, expected).enumerated() {
        let scale = expected.elements.reduce(1) { max($0, abs($1)) }
        let error = zip(computed.elements, expected.elements).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
        #expect(error < 1e-12, "\(example.operation), result \(i): \(computed.elements.prefix(8)), and it means \(expected.elements.prefix(8))")
      }
    }
  }

  private func expansion(
    of example: OperationExample, _ expand: (inout Graph, [ValueID]) throws -> [ValueID], on operands: [Tensor]
  ) throws -> [Tensor] {
    var graph = Graph(name: "expansion")
    let inputs = try example.operands.enumerated().map { try graph.one(Input(name: "\($0)", type: $1)) }
    let results = try expand(&graph, inputs)
    let inferred = try example.operation.infer(example.operands)
    #expect(results.map(graph.type) == inferred, "the expansion has the operation's types")
    var environment = EvaluationEnvironment()
    for (i, tensor) in operands.enumerated() { environment.inputs["\(i)"] = tensor }
    let values = try Evaluator.values(of: graph, in: &environment)
    return try results.map { try #require(values[$0]) }
  }

  private func elements(
    _ elements: ([Index], inout AxisSupply) -> [Scalar], _ results: [TensorType], on operands: [Tensor]
  ) throws -> [Tensor] {
    var supply = AxisSupply()
    let axes = results[0].shape.map { supply($0) }
    let scalars = elements(axes.map { Index($0) }, &supply)
    #expect(scalars.map(\.type) == results.map(\.element), "the scalars have the results' element types")
    var interpreter = ScalarInterpreter(buffers: operands)
    return try scalars.map { scalar in
      try Tensor(results[0].shape) { (at: [Int]) in
        for (axis, value) in zip(axes, at) { interpreter.axes[axis] = value }
        return try interpreter.value(scalar)
      }
    }
  }

  private func loops(_ loops: (inout AxisSupply) -> LoopNest, _ results: [TensorType], on operands: [Tensor]) throws -> [Tensor] {
    var supply = AxisSupply()
    let nest = loops(&supply)
    var interpreter = ScalarInterpreter(buffers: operands)
    var tensors = results.map { Tensor($0.shape, repeating: .nan) }
    try Tensor.forEachIndex(of: nest.axes.map(\.extent)) { at in
      for (axis, value) in zip(nest.axes, at) { interpreter.axes[axis] = value }
      for store in nest.stores {
        let (result, position) = (store.buffer - operands.count, try interpreter.value(store.at))
        #expect(tensors[result].elements[position].isNaN, "an element is stored once")
        tensors[result].elements[position] = try interpreter.value(store.value)
      }
    }
    let isWhole = tensors.allSatisfy { $0.elements.allSatisfy { !$0.isNaN } }
    #expect(isWhole, "every element is stored")
    return tensors
  }

  private func contraction(_ contract: (inout AxisSupply) -> Contraction, _ result: TensorType, on operands: [Tensor]) throws -> [Tensor] {
    var supply = AxisSupply()
    let contraction = contract(&supply)
    var interpreter = ScalarInterpreter(buffers: operands)
    var output = Tensor(result.shape, repeating: .nan)
    let axes = contraction.outer + [contraction.row, contraction.column]
    try Tensor.forEachIndex(of: axes.map(\.extent)) { at in
      for (axis, value) in zip(axes, at) { interpreter.axes[axis] = value }
      guard try contraction.exists.allSatisfy({ (0..<$0.limit).contains(try interpreter.value($0.index)) }) else { return }
      var sum = 0.0
      try Tensor.forEachIndex(of: contraction.reductions.map(\.axis.extent)) { at in
        for (reduction, value) in zip(contraction.reductions, at) { interpreter.axes[reduction.axis] = value }
        let insides = contraction.reductions.flatMap(\.inside)
        guard try insides.allSatisfy({ (0..<$0.limit).contains(try interpreter.value($0.index)) }) else { return }
        let factors = try [contraction.left, contraction.right].map { operand in
          try interpreter.value(.load(buffer: operand.buffer, at: operand.at, .f32))
        }
        sum += factors[0] * factors[1]
      }
      interpreter.accumulator = sum
      for store in contraction.stores { output.elements[try interpreter.value(store.at)] = try interpreter.value(store.value) }
    }
    let isWhole = output.elements.allSatisfy { !$0.isNaN }
    #expect(isWhole, "every element is stored")
    return [output]
  }
}
