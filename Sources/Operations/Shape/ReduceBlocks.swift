import Graph
import Loops
import Support
import Tensors

/// Combines each block of rows.
package struct ReduceBlocks: Operation {
  package static let mnemonic = "reduce_blocks"
  package static let documentation = OperationDocumentation(
    "The sum or the maximum of each block of `size` neighbours along the first dimension; the last block may be smaller.",
    shapes: "[N, …] → [⌈N / size⌉, …]",
    details: "The gradient of a maximum goes to every element that equals it, so that ties count once each.")
  package static var examples: [OperationExample] {
    [
      OperationExample(ReduceBlocks(.sum, size: 4), [TensorType(valid: .f32, [8, 3])]),
      OperationExample(ReduceBlocks(.sum, size: 5), [TensorType(valid: .f32, [13, 18])]),
      OperationExample(ReduceBlocks(.maximum, size: 3), [TensorType(valid: .f32, [7, 17])]),
      OperationExample(ReduceBlocks(.sum, size: 3), [TensorType(valid: .f32, [4])]),
    ]
  }

  package let combination: Combination
  package let size: Int

  package init(_ combination: Combination, size: Int) {
    self.combination = combination
    self.size = size
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    guard size >= 1 else { throw Diagnostic("needs blocks of 1 or more, and got \(size)") }
    guard let extent = operands[0].shape.first else { throw Diagnostic("needs a dimension to cut into blocks, and got \(operands[0])") }
    return [operands[0].with(shape: [(extent - 1) / size + 1] + operands[0].shape.dropFirst())]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    let spread = BroadcastBlocks(size: size, extent: context.graph.type(of: context.operands[0]).shape[0])
    let toElements = try context.graph.one(spread, seed)
    switch combination {
    case .sum: return [toElements]
    case .maximum:
      let isLargest = try context.graph.compare(.equal, context.operands[0], context.graph.one(spread, context.results[0]))
      return [try context.graph.select(isLargest, toElements, context.graph.filled(0, like: toElements))]
    }
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let rest = operands[0].shape.dropFirst()
    let row = rest.reduce(1, *)
    var result = Tensor([(operands[0].shape[0] - 1) / size + 1] + rest, repeating: combination.identity)
    for (i, element) in operands[0].elements.enumerated() {
      let position = i / row / size * row + i % row
      let old = result.elements[position]
      result.elements[position] = combination == .sum ? old + element : max(old, element)
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [combination, size] at, supply in
      let operand = operands[0]
      let inner = supply(min(size, operand.shape[0]))
      let row = at[0] * size + Index(inner)
      let element = Scalar.load(buffer: 0, at: .position(of: [row] + at.dropFirst(), in: operand.shape), operand.element)
      return [.reduce(combination, over: [inner], .inside([Bounds(row, below: operand.shape[0])], element, combination.identity))]
    }
  }
}
