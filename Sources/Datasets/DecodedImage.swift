/// An image of any size: u8[height, width, 3], red first.
package struct DecodedImage: Hashable, Sendable {
  package let width: Int
  package let height: Int
  package let pixels: [UInt8]

  /// Creates an image.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The most pixels that an image may claim to have before memory is given to it.
  package static let maximumPixels = 1 << 26
  /// The longest side that an image may claim to have.
  package static let maximumSide = 1 << 14

  /// Checks what a file says of its size.
  ///
  /// - Errors: no pixels, or more than `maximumPixels` or `maximumSide`.
  static func checkSize(width: Int, height: Int) throws(BrokenImage) {
    guard width > 0, height > 0, max(width, height) <= maximumSide, width * height <= maximumPixels else {
      throw BrokenImage("says it has \(width)×\(height) pixels")
    }
  }

  /// Returns the middle square of the image, brought to `size` × `size` pixels: the shorter side is resized, and the longer one's ends are cut off.
  ///
  /// - Shapes: u8[size, size, 3].
  /// - Numerics: bicubic, antialiased, rounded to the nearest byte.
  package func square(_ size: Int) -> [UInt8] {
    if width == size && height == size { return pixels }
    let side = min(width, height)
    let resampler = BicubicResampler(target: size, maximumWidth: width, maximumHeight: height)
    let box = BicubicResampler.Box(x: Double(width - side) / 2, y: Double(height - side) / 2, width: Double(side), height: Double(side))
    let area = size * size
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * area) { planes in
      guard let target = planes.baseAddress else { return [] }
      pixels.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        resampler.resample(source, width: width, height: height, box: box, cut: false, isFlipped: false, into: target)
      }
      return [UInt8](unsafeUninitializedCapacity: 3 * area) { bytes, count in
        for i in 0..<area {
          for channel in 0..<3 { bytes[3 * i + channel] = UInt8(target[channel * area + i] * 255 + 0.5) }
        }
        count = 3 * area
      }
    }
  }
}

/// Why an image can't be used, as the end of a sentence that its name begins.
package struct BrokenImage: Error, Hashable, Sendable {
  package let reason: String
  init(_ reason: String) { self.reason = reason }
}
