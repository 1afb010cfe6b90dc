import Graph
import Loops
import Support
import Tensors

/// Adds the reflected parts of a padded tensor to what they mirror.
package struct PadReflectGradient: Operation {
  package static let mnemonic = "pad_reflect_gradient"
  package static let documentation = OperationDocumentation(
    "The gradient of `pad` with `mode = reflect`: every element plus the places that mirror it.", shapes: "[low + extent + high] → [extent]")
  package static var examples: [OperationExample] {
    [
      OperationExample(PadReflectGradient(low: [0, 2], high: [0, 1]), [TensorType(valid: .f32, [2, 6])]),
      OperationExample(PadReflectGradient(low: [0, 2, 3, 0], high: [0, 2, 1, 0]), [TensorType(valid: .f32, [2, 9, 8, 3])]),
    ]
  }

  package let low: [Int]
  package let high: [Int]

  package init(low: [Int], high: [Int]) {
    self.low = low
    self.high = high
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let type = operands[0]
    try requireFloating(type)
    guard low.count == type.rank, high.count == type.rank, (low + high).allSatisfy({ $0 >= 0 }),
      type.shape.indices.allSatisfy({ low[$0] < type.shape[$0] && high[$0] < type.shape[$0] - low[$0] })
    else { throw Diagnostic("can't take low \(low) and high \(high) off \(type)") }
    let result = type.with(shape: type.shape.indices.map { type.shape[$0] - low[$0] - high[$0] })
    try requireRoomToReflect(result, low: low, high: high)
    return [result]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try context.graph.one(Pad(low: low, high: high, interior: low.map { _ in 0 }, mode: .reflect), seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let shape = operands[0].shape.indices.map { operands[0].shape[$0] - low[$0] - high[$0] }
    var result = Tensor(shape, repeating: 0)
    Tensor.forEachIndex(of: operands[0].shape) { at in
      let mirrored = shape.indices.map { d in shape[d] - 1 - abs(shape[d] - 1 - abs(at[d] - low[d])) }
      result[mirrored] += operands[0][at]
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [low, high] at, _ in
      // Each combination of a dimension's up to three places is one load, guarded by where that place exists.
      var sources: [(coordinates: [Index], bounds: [Bounds])] = [([], [])]
      for (d, extent) in results[0].shape.enumerated() {
        var places: [(Index, [Bounds])] = [(at[d] + low[d], [])]
        if low[d] > 0 { places.append((at[d] * -1 + low[d], [Bounds(at[d] + -1, below: low[d])])) }
        if high[d] > 0 {
          places.append((at[d] * -1 + (low[d] + 2 * (extent - 1)), [Bounds(at[d] + -(extent - 1 - high[d]), below: high[d])]))
        }
        sources = sources.flatMap { source in places.map { (source.coordinates + [$0.0], source.bounds + $0.1) } }
      }
      let parts = sources.map { source in
        Scalar.inside(source.bounds, .load(buffer: 0, at: .position(of: source.coordinates, in: operands[0].shape), operands[0].element))
      }
      return [parts.dropFirst().reduce(parts[0], +)]
    }
  }
}
