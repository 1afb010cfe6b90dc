import Graph
import Loops
import Support
import Tensors

/// Takes the mean of every window of an image.
package struct AveragePool: Operation {
  package static let mnemonic = "average_pool"
  package static let documentation = OperationDocumentation(
    "The mean of the pixels in each window of `kernel` rows and columns, windows `stride` apart.",
    shapes: "[…, H, W, C] → […, (H − kernel₀) / stride₀ + 1, (W − kernel₁) / stride₁ + 1, C]",
    details: "Only windows that lie whole in the image count; division rounds down.")
  package static var examples: [OperationExample] {
    [
      OperationExample(AveragePool(kernel: [2, 2], stride: [2, 2]), [TensorType(valid: .f32, [2, 6, 7, 3])]),
      OperationExample(AveragePool(kernel: [3, 2], stride: [1, 3]), [TensorType(valid: .f32, [2, 1, 5, 8, 2])]),
      OperationExample(AveragePool(kernel: [4, 4], stride: [2, 2]), [TensorType(valid: .f32, [8, 10, 19])]),
      OperationExample(AveragePool(kernel: [1, 1], stride: [1, 1]), [TensorType(valid: .f32, [1, 3, 3, 4])]),
    ]
  }

  package let kernel: [Int]
  package let stride: [Int]

  package init(kernel: [Int], stride: [Int]) {
    self.kernel = kernel
    self.stride = stride
  }

  private var window: PoolWindow { PoolWindow(kernel: kernel, stride: stride) }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let size = try imageSize(operands[0])
    try window.check(in: size)
    return [operands[0].with(shape: imageShape(operands[0].shape, size: window.count(in: size)))]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    let size = try imageSize(context.graph.type(of: context.operands[0]))
    return [try context.graph.one(AverageUnpool(kernel: kernel, stride: stride, size: size), seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (images, rank) = (operands[0], operands[0].shape.count)
    let count = window.count(in: Array(images.shape[(rank - 3)..<(rank - 1)]))
    let result = Tensor(imageShape(images.shape, size: count)) { at in
      var sum = 0.0
      Tensor.forEachIndex(of: kernel) { offset in
        var pixel = at
        for i in 0..<2 { pixel[rank - 3 + i] = at[rank - 3 + i] * stride[i] + offset[i] }
        sum += images[pixel]
      }
      return sum * window.share
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [kernel, stride, window] at, supply in
      let offsets = kernel.map { supply($0) }
      var pixel = at
      for i in 0..<2 { pixel[at.count - 3 + i] = at[at.count - 3 + i] * stride[i] + Index(offsets[i]) }
      let element = Scalar.load(buffer: 0, at: .position(of: pixel, in: operands[0].shape), operands[0].element)
      if kernel == [1, 1] { return [element] }
      return [.reduce(.sum, over: offsets, element) * .number(window.share)]
    }
  }
}
