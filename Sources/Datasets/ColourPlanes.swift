/// An image as three planes of red, green and blue in [0, 1], changed in place.
///
/// The loops are plain and planar so that the compiler makes vector code of them; each leaves every value in [0, 1].
/// - Source: torchvision's and PIL's colour adjustments, without their rounding to bytes.
package struct ColourPlanes {
  let red: UnsafeMutablePointer<Float>
  let green: UnsafeMutablePointer<Float>
  let blue: UnsafeMutablePointer<Float>
  let count: Int

  /// Creates a view of 3 · `count` values at `base`.
  package init(_ base: UnsafeMutablePointer<Float>, count: Int) {
    red = base
    green = base + count
    blue = base + 2 * count
    self.count = count
  }

  /// Makes the changes of `jitter` in its order.
  package func apply(_ jitter: ColourJitter) {
    for adjustment in jitter.order {
      switch adjustment {
      case .brightness: scaleBrightness(by: jitter.brightness)
      case .contrast: scaleContrast(by: jitter.contrast)
      case .saturation: scaleSaturation(by: jitter.saturation)
      case .hue: turnHue(by: jitter.hue)
      }
    }
  }

  /// Multiplies all colours by `factor`.
  package func scaleBrightness(by factor: Float) {
    for i in 0..<3 * count { red[i] = clamped(red[i] * factor) }
  }

  /// Blends the image with the mean of its grey: `factor` of the image, the rest of the mean.
  package func scaleContrast(by factor: Float) {
    let rest = (1 - factor) * meanGrey()
    for i in 0..<3 * count { red[i] = clamped(red[i] * factor + rest) }
  }

  /// Blends each pixel with its grey: `factor` of the pixel, the rest of its grey.
  package func scaleSaturation(by factor: Float) {
    for i in 0..<count {
      let (r, g, b) = (red[i], green[i], blue[i])
      let rest = (1 - factor) * grey(r, g, b)
      red[i] = clamped(r * factor + rest)
      green[i] = clamped(g * factor + rest)
      blue[i] = clamped(b * factor + rest)
    }
  }

  /// Turns the hue of each pixel by `turns` in −0.5…0.5, keeping its value and saturation in HSV.
  ///
  /// With the hue counted in sixths k, a channel is value − chroma · clamp(min(k', 4 − k'), 0…1), and k' is k + 5, k + 3 and k + 1 in turn.
  /// - Numerics: a pixel whose channels differ by less than 10⁻²⁰ has no hue and stays as it is.
  package func turnHue(by turns: Float) {
    let sixths = turns * 6
    for i in 0..<count {
      let (r, g, b) = (red[i], green[i], blue[i])
      let value = larger(larger(r, g), b)
      let chroma = value - smaller(smaller(r, g), b)
      let inverse: Float = chroma > 1e-20 ? 1 / chroma : 0
      let ofRed = (g - b) * inverse
      let ofGreen = (b - r) * inverse + 2
      let ofBlue = (r - g) * inverse + 4
      let hue = (value == r ? ofRed : value == g ? ofGreen : ofBlue) + sixths
      let turned: Float = hue < 0 ? hue + 6 : hue
      let k: Float = turned >= 6 ? turned - 6 : turned
      red[i] = clamped(value - chroma * dip(k + 5))
      green[i] = clamped(value - chroma * dip(k + 3))
      blue[i] = clamped(value - chroma * dip(k + 1))
    }
  }

  /// Replaces each pixel by its grey.
  package func makeGrey() {
    for i in 0..<count {
      let value = grey(red[i], green[i], blue[i])
      red[i] = value
      green[i] = value
      blue[i] = value
    }
  }

  /// Writes the pixels to `target` as (value − mean) / deviation, the channels of a pixel side by side.
  ///
  /// - Shapes: target f32[count, 3].
  package func normalise(_ recipe: AugmentationRecipe, into target: UnsafeMutablePointer<Float>) {
    let (mean, deviation) = (recipe.mean, recipe.deviation)
    let scale = (1 / deviation.0, 1 / deviation.1, 1 / deviation.2)
    for i in 0..<count {
      target[3 * i] = (red[i] - mean.0) * scale.0
      target[3 * i + 1] = (green[i] - mean.1) * scale.1
      target[3 * i + 2] = (blue[i] - mean.2) * scale.2
    }
  }

  /// Returns the mean of the image's grey, summed in eight lanes.
  private func meanGrey() -> Float {
    var sums = SIMD8<Float>()
    let whole = count & ~7
    for i in stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 { sums[lane] += grey(red[i + lane], green[i + lane], blue[i + lane]) }
    }
    var sum = sums.sum()
    for i in whole..<count { sum += grey(red[i], green[i], blue[i]) }
    return sum / Float(count)
  }
}

/// Returns the grey of a colour.
@inline(__always)
private func grey(_ r: Float, _ g: Float, _ b: Float) -> Float { 0.299 * r + 0.587 * g + 0.114 * b }

// Swift's own min and max order their operands in a way that costs more than one instruction; a comparison and a choice is one.
@inline(__always)
private func larger(_ a: Float, _ b: Float) -> Float { a > b ? a : b }
@inline(__always)
private func smaller(_ a: Float, _ b: Float) -> Float { a < b ? a : b }
@inline(__always)
private func clamped(_ x: Float) -> Float { smaller(larger(x, 0), 1) }

/// Returns how much of its chroma a channel lacks, at `k` sixths of a turn in 1..<12.
@inline(__always)
private func dip(_ k: Float) -> Float {
  let wrapped = k >= 6 ? k - 6 : k
  return clamped(smaller(wrapped, 4 - wrapped))
}
