import Graph
import Loops
import Support
import Tensors

/// The gradient of a convolution without padding with respect to its images.
package struct ConvolutionToData: Operation {
  package static let mnemonic = "convolution_to_data"
  package static let documentation = OperationDocumentation(
    "The gradient of a convolution without padding with respect to its images, from the result's gradient and the weights.",
    shapes: "[…, H′, W′, F], [kh, kw, C, F] → […, height, width, C]",
    details: "x[n, y, x, c] = Σ g[n, y′, x′, f] · w[ky, kx, c, f] over filters and all taps with y = y′·stride + ky, x = x′·stride + kx.")
  package static var examples: [OperationExample] {
    Convolution.exampleShapes.map { input, weights, stride in
      let size = input.suffix(3)
      let result = Convolution.resultShape(input, weights, stride)
      return OperationExample(
        ConvolutionToData(stride: stride, height: size[size.startIndex], width: size[size.startIndex + 1]),
        [TensorType(valid: .f32, result), TensorType(valid: .f32, weights)])
    }
  }

  package let stride: [Int]
  /// The rows and columns of the images, which their gradient doesn't tell where the stride leaves some over.
  package let height: Int
  package let width: Int

  package init(stride: [Int], height: Int, width: Int) {
    self.stride = stride
    self.height = height
    self.width = width
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    try requireFloating(operands[0])
    guard operands[0].element == operands[1].element else { throw Diagnostic("element types differ: \(operands[0]) and \(operands[1])") }
    guard operands[0].rank >= 3, operands[1].rank == 4 else {
      throw Diagnostic("needs a gradient […, height, width, filters] and weights of four dimensions, and got \(operands[0]) and \(operands[1])")
    }
    let result = try TensorType(operands[0].element, input(operands.map(\.shape)))
    try shape(operands.map(\.shape)).requireResult(operands[0].shape)
    return [result]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let (gradient, weights) = (context.operands[0], context.operands[1])
    let kernel = Array(context.graph.type(of: weights).shape.prefix(2))
    return [
      try context.graph.convolution(seed, weights, stride: stride),
      try context.graph.one(ConvolutionToWeights(stride: stride, kernel: kernel), seed, gradient),
    ]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let s = try shape(operands.map(\.shape))
    let (gradient, weights) = (operands[0].elements, operands[1].elements)
    var result = [Double](repeating: 0, count: s.pixels * s.channels)
    s.forEachTap { x, w, g in
      for c in 0..<s.channels {
        var sum = 0.0
        for f in 0..<s.filters { sum += gradient[g + f] * weights[w + c * s.filters + f] }
        result[x + c] += sum
      }
    }
    return [Tensor(input(operands.map(\.shape)), result)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    guard let s = try? shape(operands.map(\.shape)) else { preconditionFailure("the types were inferred") }
    return .contraction { supply in s.isProduct ? Self.product(s, &supply) : Self.contraction(s, &supply) }
  }

  /// Sums over the windows that a pixel lies in: with y = q·stride + p they are q, q − 1, …, seen through the taps p, p + stride, ….
  ///
  /// No zero is ever inserted, and all pixels of one remainder p meet the same taps.
  private static func contraction(_ s: ConvolutionShape, _ supply: inout AxisSupply) -> Contraction {
    let row = supply(s.images)
    let vertical = Direction(size: s.height, kernel: s.kernelHeight, stride: s.strideY, windows: s.outHeight, &supply)
    let horizontal = Direction(size: s.width, kernel: s.kernelWidth, stride: s.strideX, windows: s.outWidth, &supply)
    let (filter, column) = (supply(s.filters), supply(s.channels))
    let gradientPixel = (Index(row) * s.outHeight + vertical.window) * s.outWidth + horizontal.window
    let tap = vertical.tap * s.kernelWidth + horizontal.tap
    return Contraction(
      role: .convolutionToData, outer: (vertical.outer + horizontal.outer).filter { $0.extent > 1 }, row: row, column: column,
      reductions: [vertical.reduction, horizontal.reduction].filter { $0.axis.extent > 1 || !$0.inside.isEmpty } + [.init(filter)],
      left: .init(buffer: 0, at: gradientPixel * s.filters + Index(filter)),
      right: .init(buffer: 1, at: (tap * s.channels + Index(column)) * s.filters + Index(filter)),
      exists: [vertical.exists, horizontal.exists],
      output: ((Index(row) * s.height + vertical.pixel) * s.width + horizontal.pixel) * s.channels + Index(column))
  }

  /// One of the two directions of the sum over windows.
  private struct Direction {
    /// The quotient and the remainder of the pixel by the stride.
    let outer: [Axis]
    /// How many windows back, as far as there are windows and taps.
    let reduction: Contraction.Reduction
    let pixel: Index
    let window: Index
    let tap: Index
    /// Whether the pixel is one of the image.
    let exists: Bounds

    init(size: Int, kernel: Int, stride: Int, windows: Int, _ supply: inout AxisSupply) {
      let (quotient, remainder) = (supply((size - 1) / stride + 1), supply(min(stride, size)))
      let back = supply((kernel - 1) / stride + 1)
      outer = [quotient, remainder]
      pixel = Index(quotient) * stride + Index(remainder)
      window = Index(quotient) - Index(back)
      tap = Index(remainder) + Index(back) * stride
      exists = Bounds(pixel, below: size)
      reduction = Contraction.Reduction(back, inside: [Bounds(window, below: windows), Bounds(tap, below: kernel)])
    }
  }

  /// A kernel of one pixel meets every pixel once.
  private static func product(_ s: ConvolutionShape, _ supply: inout AxisSupply) -> Contraction {
    let (row, column, filter) = (supply(s.pixels), supply(s.channels), supply(s.filters))
    return Contraction(
      role: .convolutionToData, outer: [], row: row, column: column, reductions: [.init(filter)],
      left: .init(buffer: 0, at: Index(row) * s.filters + Index(filter)),
      right: .init(buffer: 1, at: Index(column) * s.filters + Index(filter)),
      output: Index(row) * s.channels + Index(column))
  }

  private func input(_ operands: [[Int]]) -> [Int] { operands[0].dropLast(3) + [height, width, operands[1][2]] }

  private func shape(_ operands: [[Int]]) throws -> ConvolutionShape {
    try ConvolutionShape(input: input(operands), weights: operands[1], stride: stride)
  }
}
