import Graph
import Loops
import Support
import Tensors

/// Transforms windows back and puts them together to images.
package struct Fold: Operation {
  package static let mnemonic = "fold"
  package static let documentation = OperationDocumentation(
    "Transforms windows back and puts them together to images: the gradient of `unfold`, and what makes a convolution's result of its products.",
    shapes: "[images / block, products², block · windows, stride² · C] → [images, height, width, C]",
    details:
      "x[n, (i·step + a)·stride + u, (j·step + b)·stride + v, c] = Σ m[p, a] · m[q, b] · r[n / block, (p, q), (n mod block, i, j), (u, v, c)] over p, q and "
      + "the windows i, j that the pixel lies in, with the matrix m of `unfold`; 0 for pixels in none.",
    source: "Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016, section 4")
  package static var examples: [OperationExample] {
    Unfold.exampleWindows.map { unfold, shape in
      let size = shape.suffix(3)
      let fold = Fold(
        unfold.side, outputs: unfold.outputs, taps: unfold.taps, stride: unfold.stride, block: unfold.block, height: size[size.startIndex],
        width: size[size.startIndex + 1])
      guard let windows = try? unfold.infer([TensorType(valid: .f32, shape)]) else { preconditionFailure("the example has windows") }
      return OperationExample(fold, windows)
    }
  }

  package let side: MinimalFilter.Side
  package let outputs: Int
  package let taps: Int
  package let stride: Int
  package let block: Int
  package let height: Int
  package let width: Int

  package init(_ side: MinimalFilter.Side, outputs: Int, taps: Int, stride: Int = 1, block: Int = 1, height: Int, width: Int) {
    (self.side, self.outputs, self.taps, self.stride, self.block) = (side, outputs, taps, stride, block)
    (self.height, self.width) = (height, width)
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    try requireFloating(operands[0])
    try requireRank(operands[0], 4)
    let shape = operands[0].shape
    let (area, overflow) = stride.multipliedReportingOverflow(by: stride)
    guard stride >= 1, !overflow, shape[3] % area == 0 else { throw Diagnostic("needs channels of \(stride)² images, and got \(operands[0])") }
    let grid = try grid(shape)
    guard shape[1] == grid.products, shape[2] == grid.block * grid.rows * grid.columns else {
      throw Diagnostic(
        "needs \(grid.products) numbers of \(grid.rows)×\(grid.columns) windows an image, \(grid.block) images together, and got \(operands[0])")
    }
    return [try TensorType(operands[0].element, [images(shape), height, width, grid.channels])]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    return [try context.graph.one(Unfold(side, outputs: outputs, taps: taps, stride: stride, block: block), seed)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (images, grid) = (images(operands[0].shape), try grid(operands[0].shape))
    var result = Tensor([images, height, width, grid.channels], repeating: 0)
    grid.forEachTerm(images: images) { factor, pixel, number in
      for c in 0..<grid.channels { result.elements[pixel + c] += factor * operands[0].elements[number + c] }
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    guard let grid = try? grid(operands[0].shape) else { preconditionFailure("the types were inferred") }
    guard grid.isPartition else { return .expansion { try overlapping(&$0, $1[0], in: grid) } }
    let (images, matrix, count) = (results[0].shape[0], grid.filter.matrix(side), grid.filter.products)
    let transposed = (0..<grid.size).map { place in matrix.map { $0[place] } }
    return .loops { [element = operands[0].element] supply in
      let (axes, pixel, product) = grid.loops(images: images, &supply)
      let products = (0..<count).map { p in (0..<count).map { Scalar.load(buffer: 0, at: product(p * count + $0), element) } }
      let values = WindowGrid.transformed(products, by: transposed)
      return LoopNest(
        axes: axes,
        stores: values.enumerated().flatMap { row, values in values.enumerated().map { Store(buffer: 1, at: pixel(row, $0), value: $1) } },
        operations: grid.operations)
    }
  }

  /// The sum of windows that overlap, or leave pixels out: each is transformed alone, and its blocks, `step` pixels wide, are laid over those of its neighbours.
  private func overlapping(_ graph: inout Graph, _ windows: ValueID, in grid: WindowGrid) throws -> [ValueID] {
    let (size, step, depth) = (grid.size, grid.step, grid.depth)
    let together = block * grid.rows * grid.columns
    let alone = try graph.one(Fold(side, outputs: outputs, taps: taps, block: together, height: size, width: size), windows)
    let images = images(graph.type(of: windows).shape)
    let patches = try graph.reshape(alone, to: [images, grid.rows, grid.columns, size, size, depth])
    let reach = (size - 1) / step + 1
    var sum: ValueID?
    try Tensor.forEachIndex(of: [reach, reach]) { block in
      let (first, last) = (block.map { $0 * step }, block.map { min(size, ($0 + 1) * step) })
      let cut = try graph.slice(
        patches, from: [0, 0, 0] + first + [0], to: [images, grid.rows, grid.columns] + last + [depth])
      let (low, high) = ([0] + block + [0, 0, 0], [0] + block.map { reach - 1 - $0 } + zip(first, last).map { step - ($1 - $0) } + [0])
      let placed = try graph.pad(cut, low: low, high: high)
      sum = try sum.map { try graph.add($0, placed) } ?? placed
    }
    guard let sum else { preconditionFailure("a window has pixels") }
    // Blocks side by side, then the stride's images pixel by pixel.
    let blocks = (rows: grid.rows + reach - 1, columns: grid.columns + reach - 1)
    let laid = try graph.reshape(
      try graph.transpose(sum, [0, 1, 3, 2, 4, 5]), to: [images, blocks.rows * step, blocks.columns * step, depth])
    let covered = (rows: (grid.rows - 1) * step + size, columns: (grid.columns - 1) * step + size)
    let pixels = try graph.slice(laid, from: [0, 0, 0, 0], to: [images, covered.rows, covered.columns, depth])
    let apart = try graph.reshape(pixels, to: [images, covered.rows, covered.columns, stride, stride, grid.channels])
    let interleaved = try graph.reshape(
      try graph.transpose(apart, [0, 1, 3, 2, 4, 5]), to: [images, covered.rows * stride, covered.columns * stride, grid.channels])
    let left = [0, height - covered.rows * stride, width - covered.columns * stride, 0]
    return [try graph.pad(interleaved, low: [0, 0, 0, 0], high: left)]
  }

  private func grid(_ windows: [Int]) throws -> WindowGrid {
    try WindowGrid(
      side, outputs: outputs, taps: taps, stride: stride, height: height, width: width, channels: windows[3] / (stride * stride), block: block)
  }

  private func images(_ windows: [Int]) -> Int { windows[0] * block }
}
