import Graph
import Loops
import Support
import Tensors

/// Gives each pixel its share of every window it lies in.
package struct AverageUnpool: Operation {
  package static let mnemonic = "average_unpool"
  package static let documentation = OperationDocumentation(
    "The gradient of `average_pool` on images of `size` rows and columns: each pixel is the sum of the windows it lies in, over the pixels of a window.",
    shapes: "[…, windows₀, windows₁, C] → […, size₀, size₁, C]")
  package static var examples: [OperationExample] {
    [
      OperationExample(AverageUnpool(kernel: [2, 2], stride: [2, 2], size: [6, 7]), [TensorType(valid: .f32, [2, 3, 3, 3])]),
      OperationExample(AverageUnpool(kernel: [3, 2], stride: [1, 3], size: [5, 8]), [TensorType(valid: .f32, [2, 1, 3, 3, 2])]),
      OperationExample(AverageUnpool(kernel: [4, 3], stride: [3, 2], size: [8, 8]), [TensorType(valid: .f32, [2, 3, 19])]),
    ]
  }

  package let kernel: [Int]
  package let stride: [Int]
  package let size: [Int]

  package init(kernel: [Int], stride: [Int], size: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.size = size
  }

  private var window: PoolWindow { PoolWindow(kernel: kernel, stride: stride) }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let windows = try imageSize(operands[0])
    try window.check(in: size)
    guard window.count(in: size) == windows else {
      throw Diagnostic("images of \(size) have \(window.count(in: size)) windows of \(kernel) by \(stride), and the operand is \(operands[0])")
    }
    return [try TensorType(operands[0].element, imageShape(operands[0].shape, size: size))]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try context.graph.one(AveragePool(kernel: kernel, stride: stride), seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let rank = operands[0].shape.count
    var result = Tensor(imageShape(operands[0].shape, size: size), repeating: 0)
    Tensor.forEachIndex(of: operands[0].shape) { at in
      let share = operands[0][at] * window.share
      Tensor.forEachIndex(of: kernel) { offset in
        var pixel = at
        for i in 0..<2 { pixel[rank - 3 + i] = at[rank - 3 + i] * stride[i] + offset[i] }
        result[pixel] += share
      }
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [kernel, stride, window] at, supply in
      // The windows that a pixel can lie in end at the one that starts last before it: `j` counts back from there.
      var (source, axes, bounds) = (at, [Axis](), [Bounds]())
      for i in 0..<2 {
        let d = at.count - 3 + i
        let back = supply((kernel[i] - 1) / stride[i] + 1)
        source[d] = at[d].divided(by: stride[i]) - Index(back)
        axes.append(back)
        bounds.append(Bounds(source[d], below: operands[0].shape[d]))
        bounds.append(Bounds(at[d].modulo(stride[i]) + Index(back) * stride[i], below: kernel[i]))
      }
      let element = Scalar.inside(bounds, .load(buffer: 0, at: .position(of: source, in: operands[0].shape), operands[0].element))
      let sum = axes.allSatisfy { $0.extent == 1 } ? element : Scalar.reduce(.sum, over: axes, element)
      return [sum * .number(window.share)]
    }
  }
}
