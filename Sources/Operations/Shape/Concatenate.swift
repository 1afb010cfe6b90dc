import Graph
import Loops
import Support
import Tensors

/// Puts tensors one after the other along a dimension.
package struct Concatenate: Operation {
  package static let mnemonic = "concatenate"
  package static let documentation = OperationDocumentation(
    "The operands one after the other along the dimension `axis`.", shapes: "[…], […], … → [… with the sum along axis]",
    details: "The operands have equal extents along the other dimensions.")
  package static var examples: [OperationExample] {
    [
      OperationExample(Concatenate(axis: 0), [[2, 5], [1, 5], [3, 5]].map { TensorType(valid: .f32, $0) }),
      OperationExample(Concatenate(axis: 1), [[2, 3, 4], [2, 2, 4]].map { TensorType(valid: .f32, $0) }),
      OperationExample(Concatenate(axis: 1), [[3, 2], [3, 3]].map { TensorType(valid: .bool, $0) }),
      OperationExample(Concatenate(axis: 0), [TensorType(valid: .i32, [4])]),
    ]
  }

  package let axis: Int

  package init(axis: Int) { self.axis = axis }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    guard let first = operands.first else { throw Diagnostic("takes at least 1 operand, and got 0") }
    try requireAxis(axis, of: first)
    var shape = first.shape
    for other in operands.dropFirst() {
      guard other.element == first.element, other.rank == first.rank,
        first.shape.indices.allSatisfy({ $0 == axis || other.shape[$0] == first.shape[$0] })
      else { throw Diagnostic("can't join \(first) and \(other) along axis \(axis)") }
      shape[axis] += other.shape[axis]
      // Checked at every operand, so that the sum can't overflow.
      _ = try TensorType(first.element, shape)
    }
    return [first.with(shape: shape)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return context.operands.map { _ in nil } }
    var start = 0
    return try context.operands.map { operand in
      let extent = context.graph.type(of: operand).shape[axis]
      defer { start += extent }
      return try context.graph.slice(seed, axis: axis, from: start, to: start + extent)
    }
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    var shape = operands[0].shape
    shape[axis] = operands.reduce(0) { $0 + $1.shape[axis] }
    let result = Tensor(shape) { at in
      var (at, which) = (at, 0)
      while at[axis] >= operands[which].shape[axis] {
        at[axis] -= operands[which].shape[axis]
        which += 1
      }
      return operands[which][at]
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [axis] at, _ in
      var start = 0
      let parts = operands.enumerated().map { number, type -> (limit: Int, element: Scalar) in
        var own = at
        own[axis] = at[axis] + -start
        start += type.shape[axis]
        let load = Scalar.load(buffer: number, at: .position(of: own, in: type.shape), type.element)
        return (start, .inside([Bounds(own[axis], below: type.shape[axis])], load))
      }
      let last = parts[parts.count - 1].element
      return [
        parts.dropLast().reversed().reduce(last) { rest, part in
          .select(.compare(.less, .index(at[axis]), .constant(Double(part.limit), .i32)), part.element, rest)
        }
      ]
    }
  }
}
