import Graph
import Loops
import Support
import Tensors

/// Combines the elements along some dimensions.
package struct Reduce: Operation {
  package static let mnemonic = "reduce"
  package static let documentation = OperationDocumentation(
    "The sum or the maximum of the elements along `axes`, which the result lacks.", shapes: "[…] → [… without axes]",
    details: "Long sums are made in blocks whose partial sums are added last, in an order that only the shape decides. "
      + "The gradient of a maximum goes to every element that equals it, so that ties count once each.")
  package static var examples: [OperationExample] {
    [
      OperationExample(Reduce(.sum, axes: [0]), [TensorType(valid: .f32, [5, 3])]),
      OperationExample(Reduce(.sum, axes: [1]), [TensorType(valid: .f32, [5, 37])]),
      OperationExample(Reduce(.sum, axes: [0, 1, 2]), [TensorType(valid: .f32, [2, 3, 4])]),
      OperationExample(Reduce(.sum, axes: [1, 2]), [TensorType(valid: .f32, [2, 60, 50, 3])]),
      OperationExample(Reduce(.maximum, axes: [1]), [TensorType(valid: .f32, [4, 19])]),
      OperationExample(Reduce(.maximum, axes: [0]), [TensorType(valid: .f32, [6, 18])]),
    ]
  }

  package let combination: Combination
  package let axes: [Int]

  package init(_ combination: Combination, axes: [Int]) {
    self.combination = combination
    self.axes = axes
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    for axis in axes { try requireAxis(axis, of: operands[0]) }
    guard zip(axes, axes.dropFirst()).allSatisfy(<) else { throw Diagnostic("axes \(axes) don't ascend") }
    return [operands[0].with(shape: kept(operands[0]).map { operands[0].shape[$0] })]
  }

  private func kept(_ operand: TensorType) -> [Int] { operand.shape.indices.filter { !axes.contains($0) } }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    let type = context.graph.type(of: context.operands[0])
    let dimensions = kept(type)
    let spread = try context.graph.broadcast(seed, to: type.shape, dimensions: dimensions)
    switch combination {
    case .sum: return [spread]
    case .maximum:
      let largest = try context.graph.broadcast(context.results[0], to: type.shape, dimensions: dimensions)
      return [try context.graph.select(context.graph.compare(.equal, context.operands[0], largest), spread, context.graph.filled(0, like: spread))]
    }
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let dimensions = operands[0].shape.indices.filter { !axes.contains($0) }
    var result = Tensor(dimensions.map { operands[0].shape[$0] }, repeating: combination.identity)
    var i = 0
    Tensor.forEachIndex(of: operands[0].shape) { at in
      let position = result.position(of: dimensions.map { at[$0] })
      let (old, new) = (result.elements[position], operands[0].elements[i])
      result.elements[position] = combination == .sum ? old + new : max(old, new)
      i += 1
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [combination, axes] at, supply in
      let loops = axes.map { supply(operands[0].shape[$0]) }
      var rest = at[...]
      let coordinates = operands[0].shape.indices.map { d -> Index in
        if let i = axes.firstIndex(of: d) { return Index(loops[i]) }
        return rest.removeFirst()
      }
      let element = Scalar.load(buffer: 0, at: .position(of: coordinates, in: operands[0].shape), operands[0].element)
      return [loops.isEmpty ? element : .reduce(combination, over: loops, element)]
    }
  }
}
