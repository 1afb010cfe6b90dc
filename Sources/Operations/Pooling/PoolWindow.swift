import Support
import Tensors

/// The windows of a pooling over images: their size and the steps between them, in rows and columns.
struct PoolWindow {
  let kernel: [Int]
  let stride: [Int]

  /// How many windows lie whole in images of `size` rows and columns.
  func count(in size: [Int]) -> [Int] { (0..<2).map { (size[$0] - kernel[$0]) / stride[$0] + 1 } }

  /// The part of a window's mean that each of its pixels makes.
  var share: Double { 1 / Double(kernel[0] * kernel[1]) }

  /// Checks that the window has two sizes and two strides, and fits in images of `size`.
  func check(in size: [Int]) throws {
    guard kernel.count == 2, stride.count == 2, (kernel + stride).allSatisfy({ $0 >= 1 }) else {
      throw Diagnostic("needs a kernel and a stride of two numbers above 0, and got \(kernel) and \(stride)")
    }
    guard size.count == 2, zip(kernel, size).allSatisfy(<=) else { throw Diagnostic("a window of \(kernel) doesn't fit in images of \(size)") }
  }
}

/// The rows and columns of images […, H, W, C].
func imageSize(_ type: TensorType) throws -> [Int] {
  guard type.rank >= 3 else { throw Diagnostic("needs images […, rows, columns, channels], and got \(type)") }
  try requireFloating(type)
  return Array(type.shape[(type.rank - 3)..<(type.rank - 1)])
}

/// The shape of images like those of `type`, with `size` rows and columns.
func imageShape(_ shape: [Int], size: [Int]) -> [Int] { shape.dropLast(3) + size + shape.suffix(1) }
