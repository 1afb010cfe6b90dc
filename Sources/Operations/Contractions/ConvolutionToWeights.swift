import Graph
import Loops
import Support
import Tensors

/// The gradient of a convolution without padding with respect to its weights.
package struct ConvolutionToWeights: Operation {
  package static let mnemonic = "convolution_to_weights"
  package static let documentation = OperationDocumentation(
    "The gradient of a convolution without padding with respect to its weights, from the images and the result's gradient.",
    shapes: "[…, H, W, C], [the same…, H′, W′, F] → [kernel…, C, F]",
    details: "w[ky, kx, c, f] = Σ x[n, y·stride + ky, x·stride + kx, c] · g[n, y, x, f] over images and the gradient's pixels.")
  package static var examples: [OperationExample] {
    Convolution.exampleShapes.map { input, weights, stride in
      let type = TensorType(valid: .f32, input)
      let result = Convolution.resultShape(input, weights, stride)
      return OperationExample(ConvolutionToWeights(stride: stride, kernel: Array(weights.prefix(2))), [type, TensorType(valid: .f32, result)])
    }
  }

  package let stride: [Int]
  /// The height and width of the weights.
  package let kernel: [Int]

  package init(stride: [Int], kernel: [Int]) {
    self.stride = stride
    self.kernel = kernel
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    try requireFloating(operands[0])
    guard operands[0].element == operands[1].element else { throw Diagnostic("element types differ: \(operands[0]) and \(operands[1])") }
    guard kernel.count == 2, kernel.allSatisfy({ $0 >= 1 }) else { throw Diagnostic("needs a kernel of two numbers from 1, and got \(kernel)") }
    guard operands[0].rank >= 3, operands[1].rank >= 3 else {
      throw Diagnostic("needs images and a gradient […, height, width, channels], and got \(operands[0]) and \(operands[1])")
    }
    guard operands[0].shape.dropLast(3) == operands[1].shape.dropLast(3) else {
      throw Diagnostic("leading dimensions differ: \(operands[0]) and \(operands[1])")
    }
    try shape(operands.map(\.shape)).requireResult(operands[1].shape)
    return [try TensorType(operands[0].element, weights(operands.map(\.shape)))]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let (input, gradient) = (context.operands[0], context.operands[1])
    let size = context.graph.type(of: input).shape.suffix(3)
    return [
      try context.graph.one(ConvolutionToData(stride: stride, height: size[size.startIndex], width: size[size.startIndex + 1]), gradient, seed),
      try context.graph.convolution(input, seed, stride: stride),
    ]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let s = try shape(operands.map(\.shape))
    let (input, gradient) = (operands[0].elements, operands[1].elements)
    var result = [Double](repeating: 0, count: s.kernelHeight * s.kernelWidth * s.channels * s.filters)
    s.forEachTap { x, w, g in
      for c in 0..<s.channels {
        for f in 0..<s.filters { result[w + c * s.filters + f] += input[x + c] * gradient[g + f] }
      }
    }
    return [Tensor(weights(operands.map(\.shape)), result)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    guard let s = try? shape(operands.map(\.shape)) else { preconditionFailure("the types were inferred") }
    return .contraction { supply in s.isProduct ? Self.product(s, &supply) : Self.contraction(s, &supply) }
  }

  /// One kernel row at a time: in the images the channels of neighbouring taps are neighbours, so that a kernel row is one row axis.
  private static func contraction(_ s: ConvolutionShape, _ supply: inout AxisSupply) -> Contraction {
    let (tapRow, row, column) = (supply(s.kernelHeight), supply(s.kernelWidth * s.channels), supply(s.filters))
    let (image, y, x) = (supply(s.images), supply(s.outHeight), supply(s.outWidth))
    let line = s.width * s.channels
    let window = Index(image) * (s.height * line) + (Index(y) * s.strideY + Index(tapRow)) * line + Index(x) * (s.strideX * s.channels)
    return Contraction(
      role: .convolutionToWeights, outer: tapRow.extent > 1 ? [tapRow] : [], row: row, column: column,
      reductions: [image, y, x].map { .init($0) },
      left: .init(buffer: 0, at: window + Index(row)),
      right: .init(buffer: 1, at: ((Index(image) * s.outHeight + Index(y)) * s.outWidth + Index(x)) * s.filters + Index(column)),
      output: (Index(tapRow) * (s.kernelWidth * s.channels) + Index(row)) * s.filters + Index(column))
  }

  /// A kernel of one pixel sees every pixel once: all of them are one axis to sum over.
  private static func product(_ s: ConvolutionShape, _ supply: inout AxisSupply) -> Contraction {
    let (row, column, pixel) = (supply(s.channels), supply(s.filters), supply(s.pixels))
    return Contraction(
      role: .convolutionToWeights, outer: [], row: row, column: column, reductions: [.init(pixel)],
      left: .init(buffer: 0, at: Index(pixel) * s.channels + Index(row)),
      right: .init(buffer: 1, at: Index(pixel) * s.filters + Index(column)),
      output: Index(row) * s.filters + Index(column))
  }

  private func weights(_ operands: [[Int]]) -> [Int] { kernel + [operands[0].last ?? 1, operands[1].last ?? 1] }

  private func shape(_ operands: [[Int]]) throws -> ConvolutionShape {
    try ConvolutionShape(input: operands[0], weights: weights(operands), stride: stride)
  }
}
