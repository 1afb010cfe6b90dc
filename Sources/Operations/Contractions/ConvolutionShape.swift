import Loops
import Support
import Tensors

/// The sizes of a convolution without padding, which its three passes share.
///
/// Activations are channels-last: images [images, height, width, channels], weights [kernelHeight, kernelWidth, channels, filters],
/// results [images, outHeight, outWidth, filters].
struct ConvolutionShape: Hashable {
  let images: Int
  let height: Int
  let width: Int
  let channels: Int
  let kernelHeight: Int
  let kernelWidth: Int
  let filters: Int
  /// The rows and columns between neighbouring windows.
  let strideY: Int
  let strideX: Int

  /// The sizes for `input` […, H, W, channels] and weights of shape `weights`.
  ///
  /// - Errors: ranks, channels or strides don't fit, or the kernel is larger than the image.
  init(input: [Int], weights: [Int], stride: [Int]) throws {
    guard input.count >= 3 else { throw Diagnostic("needs images […, height, width, channels], and got \(input)") }
    guard weights.count == 4 else { throw Diagnostic("needs weights [height, width, channels, filters], and got \(weights)") }
    guard stride.count == 2, stride.allSatisfy({ $0 >= 1 }) else { throw Diagnostic("needs a stride of two numbers from 1, and got \(stride)") }
    images = input.dropLast(3).reduce(1, *)
    (height, width, channels) = (input[input.count - 3], input[input.count - 2], input[input.count - 1])
    (kernelHeight, kernelWidth, filters) = (weights[0], weights[1], weights[3])
    (strideY, strideX) = (stride[0], stride[1])
    guard channels == weights[2] else { throw Diagnostic("channels differ: \(channels) in images \(input) and \(weights[2]) in weights \(weights)") }
    guard kernelHeight <= height, kernelWidth <= width else {
      throw Diagnostic("a kernel of \(kernelHeight)×\(kernelWidth) doesn't fit into images \(input)", hint: "pad the images or take a smaller kernel")
    }
  }

  /// The rows of a result.
  var outHeight: Int { (height - kernelHeight) / strideY + 1 }
  /// The columns of a result.
  var outWidth: Int { (width - kernelWidth) / strideX + 1 }
  /// The sizes with as many more rows and columns of the images as make the rows and columns of a result multiples of `count`.
  func extended(toResultsOf count: Int) throws -> ConvolutionShape {
    let more = [outHeight, outWidth].map { ($0 + count - 1) / count * count - $0 }
    func extent(_ size: Int, _ results: Int, _ more: Int, _ kernel: Int, _ stride: Int) -> Int {
      more == 0 ? size : (results + more - 1) * stride + kernel
    }
    return try ConvolutionShape(
      input: [
        images, extent(height, outHeight, more[0], kernelHeight, strideY), extent(width, outWidth, more[1], kernelWidth, strideX), channels,
      ],
      weights: [kernelHeight, kernelWidth, channels, filters], stride: [strideY, strideX])
  }
  /// Whether it is a product of all pixels with one matrix.
  var isProduct: Bool { kernelHeight == 1 && kernelWidth == 1 && strideY == 1 && strideX == 1 }
  /// The pixels of all images.
  var pixels: Int { images * height * width }

  /// Checks that `gradient` has the shape of the result, up to leading dimensions that make `images`.
  ///
  /// - Errors: names both shapes.
  func requireResult(_ gradient: [Int]) throws {
    guard gradient.count >= 3, gradient.suffix(3) == [outHeight, outWidth, filters], gradient.dropLast(3).reduce(1, *) == images else {
      throw Diagnostic("needs the gradient of \(images) images of \([outHeight, outWidth, filters]), and got \(gradient)")
    }
  }

  /// Calls `body` for every pair of an output pixel and a tap of its window, with the positions of the first channel of the input's pixel,
  /// of the tap's weights, and of the output's pixel.
  func forEachTap(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    for n in 0..<images {
      for oy in 0..<outHeight {
        for ox in 0..<outWidth {
          let output = ((n * outHeight + oy) * outWidth + ox) * filters
          for ky in 0..<kernelHeight {
            for kx in 0..<kernelWidth {
              let input = ((n * height + oy * strideY + ky) * width + ox * strideX + kx) * channels
              body(input, (ky * kernelWidth + kx) * channels * filters, output)
            }
          }
        }
      }
    }
  }
}
