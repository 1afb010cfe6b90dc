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
  /// The shape with as many rows and columns of zeros after the images' own as make the windows whole.
  private let whole: ConvolutionShape
  private let filter: MinimalFilter
  /// The products of a window, and the windows.
  private let products: Int
  private let windows: Int
  /// The images whose windows lie together.
  private let block: Int
  private let resultType: TensorType

  /// The fast forms of `operation` on operands of these types, one for each size of windows that saves products; none for what is no convolution, or one that no minimal filter makes.
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
      MinimalFilter.taps.contains(taps),
      let whole = try? s.extended(toResultsOf: outputs),
      let grid = try? WindowGrid(
        .images, outputs: outputs, taps: taps, stride: s.strideY, height: whole.height, width: whole.width, channels: s.channels, block: 1)
    else { return nil }
    (self.pass, shape, self.whole, filter, self.resultType) = (pass, s, whole, grid.filter, resultType)
    (products, windows) = (grid.products, s.images * grid.rows * grid.columns)
    block = Self.block(
      of: s.images, windows: grid.rows * grid.columns, bytes: resultType.element.size * grid.products * max(grid.depth, s.filters))
    guard savedProducts > 0 else { return nil }
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
  package var depth: Int { shape.strideX * shape.strideY * shape.channels }

  /// Appends the pass on `operands` to `graph` and returns its result.
  /// - Parameter isApart: Whether the pass to the weights makes all its windows itself, if they are of several blocks, so that no tensor waits for another pass's.
  package func append(to graph: inout Graph, _ operands: [ValueID], isApart: Bool = false) throws -> ValueID {
    func again(_ value: ValueID) throws -> ValueID { block < shape.images ? try graph.one(Barrier(), value) : value }
    let factors =
      switch pass {
      case .forward: [try unfoldedImages(&graph, operands[0]), try unfoldedWeights(&graph, operands[1])]
      case .toData: [try unfoldedResults(&graph, operands[0]), try exchangedWeights(&graph, operands[1])]
      // The pass comes later than the one that made the same windows: of many blocks, they are made anew rather than kept.
      case .toWeights:
        [
          try unfoldedImages(&graph, try again(operands[0])),
          try unfoldedResults(&graph, isApart ? try again(operands[1]) : operands[1]),
        ]
      }
    let product = try graph.one(WindowProduct(pass), factors[0], factors[1])
    let result =
      switch pass {
      case .forward: try cut(&graph, try graph.one(fold(.results, whole.outHeight, whole.outWidth), product), to: shape.outHeight, shape.outWidth)
      case .toData: try cut(&graph, try graph.one(fold(.images, whole.height, whole.width), product), to: shape.height, shape.width)
      case .toWeights:
        try graph.one(
          fold(.weights, shape.kernelHeight, shape.kernelWidth), try graph.reshape(product, to: [1, products, 1, depth * shape.filters]))
      }
    return try graph.reshape(result, to: resultType.shape)
  }

  private func unfoldedImages(_ graph: inout Graph, _ images: ValueID) throws -> ValueID {
    let whole = try extended(&graph, images, to: whole.height, whole.width)
    return try graph.one(Unfold(.images, outputs: filter.outputs, taps: filter.taps, stride: shape.strideX, block: block), whole)
  }

  private func unfoldedResults(_ graph: inout Graph, _ results: ValueID) throws -> ValueID {
    let whole = try extended(&graph, results, to: whole.outHeight, whole.outWidth)
    return try graph.one(Unfold(.results, outputs: filter.outputs, taps: filter.taps, block: block), whole)
  }

  /// Images with zeros after their last row and column, `height` × `width` of them in all.
  private func extended(_ graph: inout Graph, _ images: ValueID, to height: Int, _ width: Int) throws -> ValueID {
    let size = graph.type(of: images).shape
    let more = [height - size[size.count - 3], width - size[size.count - 2], 0]
    guard more != [0, 0, 0] else { return images }
    let none = size.map { _ in 0 }
    return try graph.pad(images, low: none, high: none.dropLast(3) + more)
  }

  /// The first `height` × `width` pixels of images [images, rows, columns, channels].
  private func cut(_ graph: inout Graph, _ images: ValueID, to height: Int, _ width: Int) throws -> ValueID {
    let size = graph.type(of: images).shape
    guard [size[1], size[2]] != [height, width] else { return images }
    return try graph.slice(images, from: [0, 0, 0, 0], to: [size[0], height, width, size[3]])
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
