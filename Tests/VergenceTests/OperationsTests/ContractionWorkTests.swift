import Graph
import Loops
import Operations
import Tensors
import Testing

/// The three passes of a convolution make the same products, however each of them is cut into windows.
@Suite struct ContractionWorkTests {
  @Test(arguments: [
    ([2, 10, 8, 3], [4, 4, 3, 5], [2, 2]), ([3, 5, 6, 2], [3, 3, 2, 4], [1, 1]), ([2, 5, 7, 4], [2, 2, 4, 3], [2, 2]),
    ([1, 9, 8, 3], [5, 5, 3, 2], [2, 2]), ([2, 4, 3, 5], [1, 1, 5, 18], [1, 1]), ([2, 5, 4, 3], [1, 1, 3, 2], [2, 3]),
  ])
  func everyProductIsCountedOnce(_ images: [Int], _ weights: [Int], _ stride: [Int]) throws {
    let (height, width) = ((images[1] - weights[0]) / stride[0] + 1, (images[2] - weights[1]) / stride[1] + 1)
    let expected = 2 * images[0] * height * width * weights.reduce(1, *)
    let (x, w) = (TensorType(valid: .f32, images), TensorType(valid: .f32, weights))
    let g = TensorType(valid: .f32, [images[0], height, width, weights[3]])
    let passes: [(any Operation, [TensorType])] = [
      (Convolution(stride: stride), [x, w]), (ConvolutionToData(stride: stride, height: images[1], width: images[2]), [g, w]),
      (ConvolutionToWeights(stride: stride, kernel: Array(weights.prefix(2))), [x, g]),
    ]
    for (operation, operands) in passes {
      guard case .contraction(let make) = operation.lower(operands, to: try operation.infer(operands)) else {
        Issue.record("\(operation) is no contraction")
        continue
      }
      var axes = AxisSupply()
      #expect(make(&axes).flops == expected, "\(operation)")
    }
  }
}
