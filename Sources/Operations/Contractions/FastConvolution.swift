import Graph
import Loops
import Support
import Tensors

/// One of a convolution's three passes as matrix products of transformed windows, which are fewer multiplications than the convolution's own.
///
/// The windows of the images and the weights are transformed, multiplied for each number of the transform, and the products transformed back. The gradients are those of the three steps: what
/// is transformed for one pass serves the others, but for the weights, which the pass to the data takes with channels and filters exchanged.
package struct FastConvolution {
  private let pass: WindowProduct.Pass
  private let shape: ConvolutionShape
  private let filter: MinimalFilter
  /// The products of a window, and the windows.
  private let products: Int
  private let windows: Int
  /// The images whose windows lie together.
  private let block: Int
  private let resultType: TensorType

  /// The fast forms of `operation` on operands of these types, one for each size of windows that fits; none for what is no convolution, or one that no minimal filter makes.
  package static func forms(of operation: any Operation, on operands: [TensorType], to results: [TensorType]) -> [FastConvolution] {
    guard let result = results.first else { return [] }
    let (pass, shape): (WindowProduct.Pass, ConvolutionShape?)
    switch operation {
    case let convolution as Convolution:
      guard convolution.padding == .valid, operands.count == 2 else { return [] }
      (pass, shape) = (.forward, try? ConvolutionShape(input: operands[0].shape, weights: operands[1].shape, stride: convolution.stride))
    case let convolution as ConvolutionToData:
      (pass, shape) = (.toData, try? ConvolutionShape(input: result.shape, weights: operands[1].shape, stride: convolution.stride))
    case let convolution as ConvolutionToWeights:
      (pass, shape) = (.toWeights, try? ConvolutionShape(input: operands[0].shape, weights: result.shape, stride: convolution.stride))
    default: return []
    }
    guard let shape else { return [] }
    return MinimalFilter.outputs.compactMap { FastConvolution(pass, shape, outputs: $0, result) }
  }

  private init?(_ pass: WindowProduct.Pass, _ s: ConvolutionShape, outputs: Int, _ resultType: TensorType) {
    let taps = s.kernelHeight / s.strideY
    guard resultType.element == .f32, s.kernelHeight == s.kernelWidth, s.strideX == s.strideY, taps * s.strideY == s.kernelHeight,
      MinimalFilter.taps.contains(taps), s.outHeight % outputs == 0, s.outWidth % outputs == 0,
      let grid = try? WindowGrid(
        .images, outputs: outputs, taps: taps, stride: s.strideY, height: s.height, width: s.width, channels: s.channels, block: 1),
      grid.rows * outputs == s.outHeight, grid.columns * outputs == s.outWidth
    else { return nil }
    (self.pass, shape, filter, self.resultType) = (pass, s, grid.filter, resultType)
    (products, windows) = (grid.products, s.images * grid.rows * grid.columns)
    block = Self.block(
      of: s.images, windows: grid.rows * grid.columns, bytes: resultType.element.size * grid.products * max(grid.depth, s.filters))
  }

  /// Images of a block: all of them where their transformed windows are few enough to lie in memory; else as few as fill a stream's chunk and have rows enough for the products.
  private static func block(of images: Int, windows: Int, bytes: Int) -> Int {
    if images * windows * bytes <= mostBytes { return images }
    return (1..<images).first { images % $0 == 0 && $0 * windows >= leastRows && $0 * windows * bytes >= Chunks.bytes } ?? images
  }

  /// Windows that a block has at least: the transformed weights are read again for each block.
  private static let leastRows = 96
  /// Bytes of transformed windows that are kept whole.
  private static let mostBytes = 4 * Chunks.bytes

  /// The multiplications that the products save.
  package var savedProducts: Double {
    let direct = Double(shape.kernelHeight * shape.kernelWidth * shape.channels) * Double(shape.images * shape.outHeight * shape.outWidth)
    return Double(shape.filters) * (direct - Double(products * windows) * Double(depth))
  }

  /// The numbers that are written and read once more than in the convolution itself: transformed windows, transformed weights, and products.
  package var movedNumbers: Double {
    Double(products) * (Double(windows) * Double(depth + shape.filters) + 2 * Double(depth) * Double(shape.filters))
  }

  /// The channels of a window.
  private var depth: Int { shape.strideX * shape.strideY * shape.channels }

  /// Appends the pass on `operands` to `graph` and returns its result.
  package func append(to graph: inout Graph, _ operands: [ValueID]) throws -> ValueID {
    let factors =
      switch pass {
      case .forward: [try unfoldedImages(&graph, operands[0]), try unfoldedWeights(&graph, operands[1])]
      case .toData: [try unfoldedResults(&graph, operands[0]), try exchangedWeights(&graph, operands[1])]
      // The pass comes later than the one that made the same windows: of many blocks, they are made anew rather than kept.
      case .toWeights:
        [
          try unfoldedImages(&graph, block < shape.images ? graph.one(Barrier(), operands[0]) : operands[0]),
          try unfoldedResults(&graph, operands[1]),
        ]
      }
    let product = try graph.one(WindowProduct(pass), factors[0], factors[1])
    let result =
      switch pass {
      case .forward: try graph.one(fold(.results, shape.outHeight, shape.outWidth), product)
      case .toData: try graph.one(fold(.images, shape.height, shape.width), product)
      case .toWeights:
        try graph.one(
          fold(.weights, shape.kernelHeight, shape.kernelWidth), try graph.reshape(product, to: [1, products, 1, depth * shape.filters]))
      }
    return try graph.reshape(result, to: resultType.shape)
  }

  private func unfoldedImages(_ graph: inout Graph, _ images: ValueID) throws -> ValueID {
    try graph.one(Unfold(.images, outputs: filter.outputs, taps: filter.taps, stride: shape.strideX, block: block), images)
  }

  private func unfoldedResults(_ graph: inout Graph, _ results: ValueID) throws -> ValueID {
    try graph.one(Unfold(.results, outputs: filter.outputs, taps: filter.taps, block: block), results)
  }

  private func unfoldedWeights(_ graph: inout Graph, _ weights: ValueID) throws -> ValueID {
    let image = try graph.reshape(weights, to: [shape.kernelHeight, shape.kernelWidth, shape.channels * shape.filters])
    let windows = try graph.one(Unfold(.weights, outputs: filter.outputs, taps: filter.taps, stride: shape.strideX), image)
    return try graph.reshape(windows, to: [products, depth, shape.filters])
  }

  /// The transformed weights with channels and filters exchanged: the few taps are, before they are many numbers.
  private func exchangedWeights(_ graph: inout Graph, _ weights: ValueID) throws -> ValueID {
    // Channels of a window are those of the stride's images side by side, so that the whole of it changes places with the filters.
    let (taps, stride, filters) = (filter.taps, shape.strideX, shape.filters)
    let apart = try graph.reshape(weights, to: [taps, stride, taps, stride, shape.channels, filters])
    let exchanged = try graph.transpose(apart, [0, 2, 5, 1, 3, 4])
    let image = try graph.reshape(exchanged, to: [taps, taps, filters * depth])
    let windows = try graph.one(Unfold(.weights, outputs: filter.outputs, taps: filter.taps), image)
    return try graph.reshape(windows, to: [products, filters, depth])
  }

  private func fold(_ side: MinimalFilter.Side, _ height: Int, _ width: Int) -> Fold {
    Fold(
      side, outputs: filter.outputs, taps: filter.taps, stride: side == .results ? 1 : shape.strideX, block: side == .weights ? 1 : block,
      height: height, width: width)
  }
}
