/// The weights of a bicubic resampling along one axis.
struct BicubicAxis {
  /// The number of results.
  let target: Int
  /// The most weights that a result can have.
  let capacity: Int
  /// The first pixel of each result.
  let starts: UnsafeMutablePointer<Int>
  /// The number of pixels of each result.
  let counts: UnsafeMutablePointer<Int>
  /// The weights of each result, `capacity` apart.
  let weights: UnsafeMutablePointer<Float>

  /// Allocates room for `target` results of at most `maximumLength` pixels.
  init(target: Int, maximumLength: Int) {
    self.target = target
    let scale = max(1, Double(maximumLength) / Double(target))
    capacity = 2 * Int((2 * scale).rounded(.up)) + 2
    starts = .allocate(capacity: target)
    counts = .allocate(capacity: target)
    weights = .allocate(capacity: target * capacity)
  }

  /// Gives the memory back.
  func deallocate() {
    starts.deallocate()
    counts.deallocate()
    weights.deallocate()
  }

  /// The first pixel that any result reads.
  var firstPixel: Int { starts[0] }
  /// The end of the pixels that any result reads.
  var endPixel: Int { starts[target - 1] + counts[target - 1] }

  /// Computes the weights that bring `length` pixels from `start` to the results, reading only pixels in `bounds`.
  func prepare(start: Double, length: Double, bounds: Range<Int>) {
    let scale = length / Double(target)
    let stretch = max(1, scale)
    for result in 0..<target {
      let centre = start + (Double(result) + 0.5) * scale
      let first = max(bounds.lowerBound, Int(centre - 2 * stretch + 0.5))
      let end = min(bounds.upperBound, Int(centre + 2 * stretch + 0.5))
      precondition(end > first && end - first <= capacity)
      let row = weights + result * capacity
      var sum = 0.0
      for pixel in first..<end { sum += cubic((Double(pixel) - centre + 0.5) / stretch) }
      for pixel in first..<end { row[pixel - first] = Float(cubic((Double(pixel) - centre + 0.5) / stretch) / sum) }
      starts[result] = first
      counts[result] = end - first
    }
  }
}

/// Returns the weight of a pixel at `distance` from the result.
///
/// - Source: Keys 1981, 'Cubic convolution interpolation', with a = −½.
package func cubic(_ distance: Double) -> Double {
  let x = abs(distance)
  if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
  if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
  return 0
}
