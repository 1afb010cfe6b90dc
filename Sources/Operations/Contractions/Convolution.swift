import Graph
import Loops
import Support
import Tensors

/// A two-dimensional convolution of channels-last images, with padding and bias where asked.
package struct Convolution: Operation {
  package static let mnemonic = "convolution"
  package static let documentation = OperationDocumentation(
    "The two-dimensional convolution (cross-correlation) of channels-last images with weights, plus a bias for each filter where there is a third operand.",
    shapes: "[…, H, W, C], [kh, kw, C, F], ([F]) → [the same…, H′, W′, F]",
    details:
      "r[n, y, x, f] = Σ x[n, y·stride + ky, x·stride + kx, c] · w[ky, kx, c, f] + b[f]. `padding` is `valid`, or `{zero = n}` or `{reflect = n}` for n pixels "
      + "on each side. With padding or bias it is rewritten into `pad`, the convolution alone, `broadcast` and `add`.")
  package static var examples: [OperationExample] {
    let padded: [(Padding, [Int])] = [(.zero(1), [2, 4, 5, 3]), (.reflect(2), [1, 5, 6, 2])]
    return exampleShapes.map { input, weights, stride in
      OperationExample(Convolution(stride: stride), [TensorType(valid: .f32, input), TensorType(valid: .f32, weights)])
    }
      + padded.map { padding, input in
        let types = [input, [3, 3, input[3], 4], [4]].map { TensorType(valid: .f32, $0) }
        return OperationExample(Convolution(stride: [2, 1], padding: padding), types)
      }
  }

  /// Images, weights and strides that between them meet every way of cutting windows: overlapping or not, with pixels left over or not.
  static let exampleShapes: [(input: [Int], weights: [Int], stride: [Int])] = [
    ([2, 10, 8, 3], [4, 4, 3, 5], [2, 2]),
    ([3, 5, 6, 2], [3, 3, 2, 4], [1, 1]),
    ([2, 5, 7, 4], [2, 2, 4, 3], [2, 2]),
    ([1, 9, 8, 3], [5, 5, 3, 2], [2, 2]),
    ([2, 4, 3, 5], [1, 1, 5, 18], [1, 1]),
    ([2, 5, 4, 3], [1, 1, 3, 2], [2, 3]),
    ([2, 2, 4, 5, 3], [3, 2, 3, 4], [1, 2]),
    ([3, 3, 2], [3, 3, 2, 7], [1, 1]),
    ([2, 8, 8, 1], [2, 3, 1, 2], [3, 4]),
  ]

  package let stride: [Int]
  package let padding: Padding

  package init(stride: [Int], padding: Padding = .valid) {
    self.stride = stride
    self.padding = padding
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    guard (2...3).contains(operands.count) else { throw Diagnostic("takes 2 operands, or 3 with a bias, and got \(operands.count)") }
    try requireFloating(operands[0])
    for type in operands.dropFirst() where type.element != operands[0].element {
      throw Diagnostic("element types differ: \(operands[0]) and \(type)")
    }
    guard operands[0].rank >= 3 else { throw Diagnostic("needs images […, height, width, channels], and got \(operands[0])") }
    let input = try padding.operation(rank: operands[0].rank)?.infer([operands[0]])[0] ?? operands[0]
    let shape = try ConvolutionShape(input: input.shape, weights: operands[1].shape, stride: stride)
    if operands.count == 3, operands[2].shape != [shape.filters] {
      throw Diagnostic("needs a bias for each of \(shape.filters) filters, and got \(operands[2])")
    }
    return [try TensorType(operands[0].element, Self.resultShape(input.shape, operands[1].shape, stride))]
  }

  /// The shape of the result for shapes that fit.
  static func resultShape(_ input: [Int], _ weights: [Int], _ stride: [Int]) -> [Int] {
    guard let shape = try? ConvolutionShape(input: input, weights: weights, stride: stride) else { preconditionFailure("the shapes fit") }
    return input.dropLast(3) + [shape.outHeight, shape.outWidth, shape.filters]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return context.operands.map { _ in nil } }
    let (input, weights) = (context.operands[0], context.operands[1])
    let pad = padding.operation(rank: context.graph.type(of: input).rank)
    let padded = try pad.map { try context.graph.one($0, input) } ?? input
    let (shape, kernel) = (context.graph.type(of: padded).shape, Array(context.graph.type(of: weights).shape.prefix(2)))
    let toPadded = ConvolutionToData(stride: stride, height: shape[shape.count - 3], width: shape[shape.count - 2])
    var gradients: [ValueID?] = [
      try context.graph.one(toPadded, seed, weights),
      try context.graph.one(ConvolutionToWeights(stride: stride, kernel: kernel), padded, seed),
    ]
    if let pad {
      var inner = PullbackContext(graph: context.graph, operands: [input], results: [padded], seeds: [gradients[0]])
      gradients[0] = try pad.pullback(&inner)[0]
      context.graph = inner.graph
    }
    if context.operands.count == 3 {
      gradients.append(try context.graph.reduce(.sum, seed, over: Array(0..<context.graph.type(of: seed).rank - 1)))
    }
    return gradients
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let image = try padding.operation(rank: operands[0].shape.count)?.evaluate([operands[0]], in: &environment)[0] ?? operands[0]
    let s = try ConvolutionShape(input: image.shape, weights: operands[1].shape, stride: stride)
    let (input, weights) = (image.elements, operands[1].elements)
    var result = [Double](repeating: 0, count: s.images * s.outHeight * s.outWidth * s.filters)
    s.forEachTap { x, w, y in
      for c in 0..<s.channels {
        for f in 0..<s.filters { result[y + f] += input[x + c] * weights[w + c * s.filters + f] }
      }
    }
    if operands.count == 3 {
      for i in result.indices { result[i] += operands[2].elements[i % s.filters] }
    }
    return [Tensor(Self.resultShape(image.shape, operands[1].shape, stride), result)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    let pad = padding.operation(rank: operands[0].rank)
    if pad != nil || operands.count == 3 {
      return .expansion { [stride] graph, operands in
        let image = try pad.map { try graph.one($0, operands[0]) } ?? operands[0]
        let product = try graph.convolution(image, operands[1], stride: stride)
        guard operands.count == 3 else { return [product] }
        let shape = graph.type(of: product).shape
        return [try graph.add(product, try graph.broadcast(operands[2], to: shape, dimensions: [shape.count - 1]))]
      }
    }
    guard let s = try? ConvolutionShape(input: operands[0].shape, weights: operands[1].shape, stride: stride) else {
      preconditionFailure("the types were inferred")
    }
    return .contraction { supply in s.isProduct ? Self.product(s, &supply) : Self.contraction(s, &supply) }
  }

  /// The rows of a tile are the same pixel of several images: they are a constant distance apart at every edge of every window.
  ///
  /// In the images the channels of neighbouring taps are neighbours, and so they are in the weights: a kernel row is one axis to sum over.
  private static func contraction(_ s: ConvolutionShape, _ supply: inout AxisSupply) -> Contraction {
    let (y, x, row, column) = (supply(s.outHeight), supply(s.outWidth), supply(s.images), supply(s.filters))
    let (tapRow, k) = (supply(s.kernelHeight), supply(s.kernelWidth * s.channels))
    let line = s.width * s.channels
    let window = Index(row) * (s.height * line) + (Index(y) * s.strideY + Index(tapRow)) * line + Index(x) * (s.strideX * s.channels)
    return Contraction(
      role: .convolutionForward, outer: [y, x].filter { $0.extent > 1 }, row: row, column: column,
      reductions: (tapRow.extent > 1 ? [.init(tapRow)] : []) + [.init(k)],
      left: .init(buffer: 0, at: window + Index(k)),
      right: .init(buffer: 1, at: (Index(tapRow) * (s.kernelWidth * s.channels) + Index(k)) * s.filters + Index(column)),
      output: ((Index(row) * s.outHeight + Index(y)) * s.outWidth + Index(x)) * s.filters + Index(column))
  }

  /// A kernel of one pixel is a product with all pixels as rows.
  private static func product(_ s: ConvolutionShape, _ supply: inout AxisSupply) -> Contraction {
    let (row, column, k) = (supply(s.pixels), supply(s.filters), supply(s.channels))
    return Contraction(
      role: .convolutionForward, outer: [], row: row, column: column, reductions: [.init(k)],
      left: .init(buffer: 0, at: Index(row) * s.channels + Index(k)),
      right: .init(buffer: 1, at: Index(k) * s.filters + Index(column)),
      output: Index(row) * s.filters + Index(column))
  }
}
