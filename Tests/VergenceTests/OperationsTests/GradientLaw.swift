import Graph
import Operations
import Support
import Tensors
import Testing

/// The gradient of every operation agrees with central differences of its evaluation.
@Suite("Gradients against central differences")
struct GradientLaw {
  /// How far a number is moved to either side: the difference's error is then about 1e-10 of the numbers involved.
  static let step = 1e-5
  /// Elements of one operand that are tried.
  static let sample = 40

  @Test("gradient", arguments: CatalogueEntry.withExamples)
  func gradient(_ entry: CatalogueEntry) throws {
    for example in entry.operation.examples {
      let results = try example.operation.infer(example.operands)
      let floating = results.indices.filter { results[$0].element.isFloating }
      guard !floating.isEmpty else { continue }
      try check(example, seeding: floating)
      // A loss that depends on one of several results must do without the others' gradients.
      if floating.count > 1 { for result in floating { try check(example, seeding: [result]) } }
    }
  }

  private func check(_ example: OperationExample, seeding seeded: [Int]) throws {
    var (graph, operands, results) = try exampleGraph(example)
    let random = ExampleOperands(seed: 7)
    let weights = seeded.map { random.tensor(graph.type(of: results[$0]), number: 100 + $0) }
    var seeds: [ValueID?] = results.map { _ in nil }
    for i in seeded { seeds[i] = try graph.one(Input(name: "seed\(i)", type: graph.type(of: results[i]))) }
    var context = PullbackContext(graph: graph, operands: operands, results: results, seeds: seeds)
    let gradients = try example.operation.pullback(&context)
    try #require(gradients.count == operands.count)
    graph = context.graph
    try graph.verify()

    let tensors = random.tensors(for: example)
    var environment = EvaluationEnvironment()
    for (i, tensor) in tensors.enumerated() { environment.inputs["operand\(i)"] = tensor }
    for (i, weight) in zip(seeded, weights) { environment.inputs["seed\(i)"] = weight }
    let values = try Evaluator.values(of: graph, in: &environment)

    func loss(_ operands: [Tensor]) throws -> Double {
      let results = try example.operation.evaluate(operands, in: &environment)
      return zip(seeded, weights).reduce(0) { sum, part in
        zip(results[part.0].elements, part.1.elements).reduce(sum) { $0 + $1.0 * $1.1 }
      }
    }
    for (i, gradient) in gradients.enumerated() {
      guard example.operands[i].element.isFloating else {
        #expect(gradient == nil, "operand \(i) holds no floating numbers, and has a gradient")
        continue
      }
      let documentation = type(of: example.operation).documentation
      if gradient == nil, (documentation.summary + documentation.details).lowercased().contains("it has no gradient") { continue }
      // No gradient, and no reason given, is right only where the loss doesn't depend on the operand.
      var computed = Tensor(tensors[i].shape, repeating: 0)
      if let gradient {
        try #require(graph.type(of: gradient) == example.operands[i], "the gradient has its operand's type")
        computed = try #require(values[gradient])
      }
      let scale = computed.elements.reduce(1) { max($0, abs($1)) }
      for element in elements(of: tensors[i], operand: i) {
        var moved = tensors
        moved[i].elements[element] += Self.step
        let above = try loss(moved)
        moved[i].elements[element] = tensors[i].elements[element] - Self.step
        let difference = (above - (try loss(moved))) / (2 * Self.step)
        let error = abs(difference - computed.elements[element]) / scale
        #expect(
          error < 1e-6, "\(example.operation), operand \(i), element \(element): \(computed.elements[element]), and by differences \(difference)")
      }
    }
  }

  /// All elements of `tensor`, or a sample where they are many.
  private func elements(of tensor: Tensor, operand: Int) -> [Int] {
    guard tensor.count > Self.sample else { return Array(0..<tensor.count) }
    let draws = Philox(seed: 3, stream: "elements")
    return (0..<Self.sample).map { Int(draws.integer(below: UInt32(tensor.count), element: UInt64($0), step: UInt64(operand))) }
  }
}
