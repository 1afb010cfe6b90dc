import Graph
import Loops
import Support
import Tensors

/// Takes every so many elements between two places along each dimension.
package struct Slice: Operation {
  package static let mnemonic = "slice"
  package static let documentation = OperationDocumentation(
    "Along each dimension d the elements at `starts[d]`, `starts[d] + strides[d]`, … before `limits[d]`.",
    shapes: "[…] → [⌈(limits − starts) / strides⌉]",
    details: "The gradient puts zeros at the places left out.")
  package static var examples: [OperationExample] {
    [
      OperationExample(Slice(starts: [1, 2], limits: [3, 7], strides: [1, 1]), [TensorType(valid: .f32, [4, 9])]),
      OperationExample(Slice(starts: [0, 1, 0], limits: [2, 8, 3], strides: [1, 3, 2]), [TensorType(valid: .f32, [2, 9, 3])]),
      OperationExample(Slice(starts: [2], limits: [5], strides: [1]), [TensorType(valid: .i32, [6])]),
    ]
  }

  package let starts: [Int]
  package let limits: [Int]
  package let strides: [Int]

  package init(starts: [Int], limits: [Int], strides: [Int]) {
    self.starts = starts
    self.limits = limits
    self.strides = strides
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let type = operands[0]
    guard [starts.count, limits.count, strides.count] == [type.rank, type.rank, type.rank] else {
      throw Diagnostic("needs a start, a limit and a stride for each dimension of \(type), and got \(starts), \(limits) and \(strides)")
    }
    for d in type.shape.indices {
      guard 0 <= starts[d], starts[d] < limits[d], limits[d] <= type.shape[d] else {
        throw Diagnostic("\(starts[d])..<\(limits[d]) is not a part of dimension \(d) of \(type)")
      }
      guard strides[d] >= 1 else { throw Diagnostic("needs strides above 0, and got \(strides)") }
    }
    return [type.with(shape: extents)]
  }

  private var extents: [Int] { starts.indices.map { (limits[$0] - starts[$0] - 1) / strides[$0] + 1 } }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    let shape = context.graph.type(of: context.operands[0]).shape
    let high = zip(shape, zip(zip(starts, strides), extents)).map { extent, taken in
      let ((start, stride), count) = taken
      return extent - (start + (count - 1) * stride + 1)
    }
    // A stride that takes one element leaves none out between elements.
    let interior = zip(strides, extents).map { $1 == 1 ? 0 : $0 - 1 }
    return [try context.graph.pad(seed, low: starts, high: high, interior: interior)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    [Tensor(extents, at: { at in operands[0][at.indices.map { starts[$0] + at[$0] * strides[$0] }] })]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [starts, strides] at, _ in
      let coordinates = at.indices.map { at[$0] * strides[$0] + starts[$0] }
      return [.load(buffer: 0, at: .position(of: coordinates, in: operands[0].shape), operands[0].element)]
    }
  }
}
