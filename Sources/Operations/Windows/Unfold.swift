import Graph
import Loops
import Support
import Tensors

/// Cuts images into windows and transforms each for the products of a minimal filter.
package struct Unfold: Operation {
  package static let mnemonic = "unfold"
  package static let documentation = OperationDocumentation(
    "Cuts images into windows and transforms each, so that a convolution becomes a matrix product for each of the transform's numbers.",
    shapes: "[…, H, W, C] → [images / block, products², block · windows, stride² · C]",
    details:
      "r[n / block, (p, q), (n mod block, i, j), (u, v, c)] = Σ m[p, a] · m[q, b] · x[n, (i·step + a)·stride + u, (j·step + b)·stride + v, c] over the window's pixels a, b, where m is the matrix of `side` "
      + "(`images`, `weights` or `results`) in the minimal filter of `taps` taps and `outputs` results a window. Windows of images overlap, by taps − 1 pixels; pixels "
      + "after the last whole window are left out.",
    source: "Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016, section 4")
  package static var examples: [OperationExample] {
    exampleWindows.map { unfold, shape in OperationExample(unfold, [TensorType(valid: .f32, shape)]) }
  }

  /// Windows of every side, with and without a stride, that overlap, fit or leave pixels out.
  static let exampleWindows: [(Unfold, [Int])] = [
    (Unfold(.images, outputs: 3, taps: 3), [2, 5, 5, 3]),
    (Unfold(.images, outputs: 4, taps: 2, stride: 2), [2, 10, 10, 2]),
    (Unfold(.images, outputs: 2, taps: 4), [2, 9, 8, 2]),
    (Unfold(.images, outputs: 3, taps: 2, stride: 2), [15, 9, 3]),
    (Unfold(.weights, outputs: 5, taps: 3), [3, 3, 20]),
    (Unfold(.weights, outputs: 7, taps: 2, stride: 2), [4, 4, 6]),
    (Unfold(.results, outputs: 2, taps: 4), [2, 2, 4, 4, 5]),
    (Unfold(.results, outputs: 3, taps: 2), [2, 3, 6, 3]),
    (Unfold(.images, outputs: 3, taps: 2, block: 2), [4, 7, 7, 5]),
    (Unfold(.results, outputs: 2, taps: 3, block: 3), [6, 4, 2, 3]),
  ]

  package let side: MinimalFilter.Side
  package let outputs: Int
  package let taps: Int
  package let stride: Int
  package let block: Int

  package init(_ side: MinimalFilter.Side, outputs: Int, taps: Int, stride: Int = 1, block: Int = 1) {
    (self.side, self.outputs, self.taps, self.stride, self.block) = (side, outputs, taps, stride, block)
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    guard operands[0].rank >= 3 else { throw Diagnostic("needs images […, height, width, channels], and got \(operands[0])") }
    let shape = operands[0].shape
    let (images, grid) = (shape.dropLast(3).reduce(1, *), try grid(shape))
    guard images % block == 0 else {
      throw Diagnostic("can't cut \(images) images into blocks of \(block)", hint: "'block' must divide the number of images")
    }
    return [try TensorType(operands[0].element, grid.shape(images: images))]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    let shape = context.graph.type(of: context.operands[0]).shape
    let (height, width) = (shape[shape.count - 3], shape[shape.count - 2])
    let fold = Fold(side, outputs: outputs, taps: taps, stride: stride, block: block, height: height, width: width)
    let images = try context.graph.one(fold, seed)
    return [try context.graph.reshape(images, to: shape)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (shape, grid) = (operands[0].shape, try grid(operands[0].shape))
    let images = shape.dropLast(3).reduce(1, *)
    var result = Tensor(grid.shape(images: images), repeating: 0)
    grid.forEachTerm(images: images) { factor, pixel, number in
      for c in 0..<grid.channels { result.elements[number + c] += factor * operands[0].elements[pixel + c] }
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    guard let grid = try? grid(operands[0].shape) else { preconditionFailure("the types were inferred") }
    let (images, matrix) = (operands[0].shape.dropLast(3).reduce(1, *), grid.filter.matrix(side))
    return .loops { [element = operands[0].element] supply in
      let (axes, pixel, product) = grid.loops(images: images, &supply)
      let pixels = (0..<grid.size).map { row in (0..<grid.size).map { Scalar.load(buffer: 0, at: pixel(row, $0), element) } }
      let values = WindowGrid.transformed(pixels, by: matrix)
      return LoopNest(
        axes: axes, stores: values.joined().enumerated().map { Store(buffer: 1, at: product($0), value: $1) }, operations: grid.operations)
    }
  }

  private func grid(_ shape: [Int]) throws -> WindowGrid {
    let pixels = shape.suffix(3)
    return try WindowGrid(
      side, outputs: outputs, taps: taps, stride: stride, height: pixels[pixels.startIndex], width: pixels[pixels.startIndex + 1],
      channels: pixels[pixels.startIndex + 2], block: block)
  }
}
