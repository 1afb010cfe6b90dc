import Graph
import Loops
import Support
import Tensors

/// Repeats each row for a block of rows.
package struct BroadcastBlocks: Operation {
  package static let mnemonic = "broadcast_blocks"
  package static let documentation = OperationDocumentation(
    "Repeats each element `size` times along the first dimension, which has `extent` elements then; the last one fewer times where that is enough.",
    shapes: "[⌈extent / size⌉, …] → [extent, …]")
  package static var examples: [OperationExample] {
    [
      OperationExample(BroadcastBlocks(size: 4, extent: 8), [TensorType(valid: .f32, [2, 3])]),
      OperationExample(BroadcastBlocks(size: 5, extent: 13), [TensorType(valid: .f32, [3, 18])]),
      OperationExample(BroadcastBlocks(size: 3, extent: 4), [TensorType(valid: .f32, [2])]),
    ]
  }

  package let size: Int
  package let extent: Int

  package init(size: Int, extent: Int) {
    self.size = size
    self.extent = extent
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    guard size >= 1, extent >= 1 else { throw Diagnostic("needs blocks of 1 or more and an extent from 1, and got \(size) and \(extent)") }
    guard let blocks = operands[0].shape.first, blocks == (extent - 1) / size + 1 else {
      throw Diagnostic("needs \((extent - 1) / size + 1) blocks to make \(extent) of, and got \(operands[0])")
    }
    return [try TensorType(operands[0].element, [extent] + operands[0].shape.dropFirst())]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try context.graph.one(ReduceBlocks(.sum, size: size), seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let rest = operands[0].shape.dropFirst()
    let row = rest.reduce(1, *)
    return [Tensor([extent] + rest, (0..<extent * row).map { operands[0].elements[$0 / row / size * row + $0 % row] })]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [size] at, _ in
      [.load(buffer: 0, at: .position(of: [at[0].divided(by: size)] + at.dropFirst(), in: operands[0].shape), operands[0].element)]
    }
  }
}
