/// Brings a rectangle of an image to a square by bicubic resampling, antialiased when it shrinks, as PIL's `resize` does it.
///
/// All memory is allocated once, for the largest source it was made for.
/// - Numerics: the cubic of Keys with a = −½; single precision, without PIL's rounding to bytes between the passes.
package final class BicubicResampler {
  /// A rectangle of the image, whose corners may lie between pixels.
  package struct Box {
    package var x, y, width, height: Double
    /// Creates a rectangle.
    package init(x: Double, y: Double, width: Double, height: Double) {
      self.x = x
      self.y = y
      self.width = width
      self.height = height
    }
  }

  private let target: Int
  private let row: UnsafeMutablePointer<Float>
  private var across: BicubicAxis
  private var down: BicubicAxis
  private let maximumWidth: Int

  /// Creates a resampler to `target` × `target` pixels from images of at most `maximumWidth` × `maximumHeight`.
  package init(target: Int, maximumWidth: Int, maximumHeight: Int) {
    self.target = target
    self.maximumWidth = maximumWidth
    row = .allocate(capacity: 3 * maximumWidth)
    across = BicubicAxis(target: target, maximumLength: maximumWidth)
    down = BicubicAxis(target: target, maximumLength: maximumHeight)
  }

  deinit {
    row.deallocate()
    across.deallocate()
    down.deallocate()
  }

  /// Writes `box` of the image at `source` to three planes of target × target values in [0, 1].
  ///
  /// - Shapes: source u8[height, width, 3]; planes f32[3, target, target].
  /// - Parameter cut: whether the filter stops at the box's border, as if it had been cut out first, or sees the image around it.
  /// - Parameter isFlipped: whether the result is mirrored.
  package func resample(
    _ source: UnsafePointer<UInt8>, width: Int, height: Int, box: Box, cut: Bool, isFlipped: Bool, into planes: UnsafeMutablePointer<Float>
  ) {
    precondition(width <= maximumWidth)
    across.prepare(start: box.x, length: box.width, bounds: cut ? Int(box.x)..<Int(box.x + box.width) : 0..<width)
    down.prepare(start: box.y, length: box.height, bounds: cut ? Int(box.y)..<Int(box.y + box.height) : 0..<height)
    let first = across.firstPixel
    let count = 3 * (across.endPixel - first)
    for y in 0..<target {
      // Down first: this pass runs along the bytes of a row, whatever pixels they belong to.
      row.update(repeating: 0, count: count)
      for tap in 0..<down.counts[y] {
        let weight = down.weights[y * down.capacity + tap] / 255
        let line = source + 3 * ((down.starts[y] + tap) * width + first)
        for i in 0..<count { row[i] += weight * Float(line[i]) }
      }
      for x in 0..<target {
        let pixels = row + 3 * (across.starts[x] - first)
        let weights = across.weights + x * across.capacity
        var (r, g, b): (Float, Float, Float) = (0, 0, 0)
        for tap in 0..<across.counts[x] {
          r += weights[tap] * pixels[3 * tap]
          g += weights[tap] * pixels[3 * tap + 1]
          b += weights[tap] * pixels[3 * tap + 2]
        }
        let place = y * target + (isFlipped ? target - 1 - x : x)
        planes[place] = min(max(r, 0), 1)
        planes[target * target + place] = min(max(g, 0), 1)
        planes[2 * target * target + place] = min(max(b, 0), 1)
      }
    }
  }
}
