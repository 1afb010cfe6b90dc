import Graph
import Loops
import Support
import Tensors

/// The windows that a minimal filter cuts images into.
///
/// With a stride, an image is `stride²` images of every `stride`-th pixel, side by side in the channels, and windows are of those: a filter of stride 2 is a filter of stride 1 over four times
/// the channels with a quarter of the taps.
struct WindowGrid {
  let filter: MinimalFilter
  let side: MinimalFilter.Side
  let stride: Int
  let height: Int
  let width: Int
  let channels: Int
  /// The images whose windows lie together.
  let block: Int

  /// The windows of `side` in images of `height` × `width`, those of each `block` images together.
  ///
  /// - Errors: no such filter, or no window in the images.
  init(_ side: MinimalFilter.Side, outputs: Int, taps: Int, stride: Int, height: Int, width: Int, channels: Int, block: Int) throws {
    guard MinimalFilter.taps.contains(taps), MinimalFilter.outputs.contains(outputs) else {
      throw Diagnostic(
        "knows no filter of \(taps) taps with \(outputs) results a window",
        hint:
          "taps are \(MinimalFilter.taps.lowerBound) to \(MinimalFilter.taps.upperBound - 1), results \(MinimalFilter.outputs.lowerBound) to \(MinimalFilter.outputs.upperBound)"
      )
    }
    // Sizes that a tensor can have multiply without overflow.
    _ = try TensorType(.f32, [height, width, channels])
    filter = MinimalFilter(outputs: outputs, taps: taps)
    (self.side, self.stride, self.height, self.width, self.channels, self.block) = (side, stride, height, width, channels, block)
    guard stride >= 1, stride <= height, stride <= width, height / stride >= size, width / stride >= size else {
      throw Diagnostic("images of \(height)×\(width) have no window of \(size)×\(size) pixels with stride \(stride)")
    }
    guard block >= 1 else { throw Diagnostic("needs blocks of one image at least, and got \(block)") }
    // The windows of a block are counted without overflow.
    _ = try TensorType(.f32, [block, rows, columns])
  }

  /// The rows and columns of a window.
  var size: Int { filter.extent(side) }
  /// The rows and columns from one window to the next.
  var step: Int { side == .images ? filter.outputs : size }
  /// The windows of a column, and of a row, of windows.
  var rows: Int { (height / stride - size) / step + 1 }
  var columns: Int { (width / stride - size) / step + 1 }
  /// The products of a window.
  var products: Int { filter.products * filter.products }
  /// The operations that transform a window, a channel: along columns, then along rows.
  var operations: Int {
    let terms = filter.matrix(side).joined().count { $0 != 0 }
    return (size + filter.products) * terms
  }
  /// The channels of a window: those of a pixel of each of the images that the stride makes.
  var depth: Int { stride * stride * channels }
  /// Whether each pixel lies in exactly one window.
  var isPartition: Bool {
    [(height, rows), (width, columns)].allSatisfy { extent, count in (count == 1 || step == size) && count * size * stride == extent }
  }

  /// The shape of the transformed windows of `images`, which are whole blocks: a block's windows lie together for each number, so that they are a matrix.
  func shape(images: Int) -> [Int] { [images / block, products, block * rows * columns, depth] }

  /// Calls `body` for each pixel of each window of `images` and each number that it takes part in: with its factor there, and the positions of its first channel in the images and
  /// in the transformed windows.
  func forEachTerm(images: Int, _ body: (_ factor: Double, _ pixel: Int, _ number: Int) -> Void) {
    let (matrix, count, windows) = (filter.matrix(side), filter.products, rows * columns)
    Tensor.forEachIndex(of: [images, rows, columns, size, size, stride, stride]) { at in
      let (y, x) = (stride * (at[1] * step + at[3]) + at[5], stride * (at[2] * step + at[4]) + at[6])
      let pixel = ((at[0] * height + y) * width + x) * channels
      let window = (at[0] % block * rows + at[1]) * columns + at[2]
      let channel = (at[5] * stride + at[6]) * channels
      for p in 0..<count {
        for q in 0..<count {
          let line = ((at[0] / block * products + p * count + q) * block * windows + window) * depth
          body(matrix[p][at[3]] * matrix[q][at[4]], pixel, line + channel)
        }
      }
    }
  }

  /// The loops over the windows of `images` and their channels, and the positions in the images and in the transformed windows.
  func loops(images: Int, _ supply: inout AxisSupply) -> (
    axes: [Axis], pixel: (_ row: Int, _ column: Int) -> Index, product: (_ number: Int) -> Index
  ) {
    let axes = [images / block, block, rows, columns, stride, stride, channels].map { supply($0) }
    let (first, image, i, j) = (Index(axes[0]), Index(axes[1]), Index(axes[2]), Index(axes[3]))
    let (u, v, channel) = (Index(axes[4]), Index(axes[5]), Index(axes[6]))
    let shape = shape(images: images)
    let window = (image * rows + i) * columns + j
    let depth = (u * stride + v) * channels + channel
    return (
      axes,
      { [self] row, column in
        let (y, x) = ((i * step + row) * stride + u, (j * step + column) * stride + v)
        return Index.position(of: [first * block + image, y, x, channel], in: [images, height, width, channels])
      },
      { Index.position(of: [first, Index($0), window, depth], in: shape) }
    )
  }

  /// The numbers Σ m[p, a] · m[q, b] · `square`[a, b] for all rows p, q of `matrix`: along columns first, so that each of those sums is made once.
  static func transformed(_ square: [[Scalar]], by matrix: [[Double]]) -> [[Scalar]] {
    let columns = matrix.map { row in square[0].indices.map { b in sum(row, square.map { $0[b] }) } }
    return columns.map { values in matrix.map { sum($0, values) } }
  }

  /// The sum of `values` with their factors.
  private static func sum(_ factors: [Double], _ values: [Scalar]) -> Scalar {
    var terms = zip(factors, values).compactMap { $0 == 0 ? nil : (factor: $0, value: $1) }
    guard !terms.isEmpty else { return .number(0) }
    // A sum begins with what needs no factor, if there is such a term.
    let first = terms.remove(at: terms.firstIndex { $0.factor == 1 } ?? 0)
    let start = first.factor == 1 ? first.value : first.value * .number(first.factor)
    return terms.reduce(start) { sum, term in
      switch term.factor {
      case 1: sum + term.value
      case -1: sum - term.value
      default: sum + term.value * .number(term.factor)
      }
    }
  }
}
