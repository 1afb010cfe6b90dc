import Datasets
import Foundation

/// The operations on views once more, written plainly and in double precision, a pixel at a time.
struct ReferenceImage {
  var size: Int
  /// Red, green and blue of each pixel, in [0, 1].
  var pixels: [[Double]]

  init(_ bytes: [UInt8], size: Int) {
    self.size = size
    pixels = (0..<size * size).map { i in (0..<3).map { Double(bytes[3 * i + $0]) / 255 } }
  }

  init(planes: [Float], size: Int) {
    self.size = size
    pixels = (0..<size * size).map { i in (0..<3).map { Double(planes[$0 * size * size + i]) } }
  }

  var planes: [Double] { (0..<3).flatMap { channel in pixels.map { $0[channel] } } }

  static func grey(_ pixel: [Double]) -> Double { 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2] }

  mutating func brightness(_ factor: Double) { pixels = pixels.map { $0.map { clamp($0 * factor) } } }

  mutating func contrast(_ factor: Double) {
    let mean = pixels.map(Self.grey).reduce(0, +) / Double(pixels.count)
    pixels = pixels.map { $0.map { clamp(factor * $0 + (1 - factor) * mean) } }
  }

  mutating func saturation(_ factor: Double) {
    pixels = pixels.map { pixel in pixel.map { clamp(factor * $0 + (1 - factor) * Self.grey(pixel)) } }
  }

  mutating func grey() { pixels = pixels.map { Array(repeating: Self.grey($0), count: 3) } }

  mutating func hue(_ turns: Double) {
    pixels = pixels.map { pixel in
      let (hue, saturation, value) = Self.hsv(pixel)
      let turned = (hue + turns).truncatingRemainder(dividingBy: 1)
      return Self.rgb(turned < 0 ? turned + 1 : turned, saturation, value)
    }
  }

  /// Hue, saturation and value, as the textbook has it.
  static func hsv(_ pixel: [Double]) -> (Double, Double, Double) {
    let (r, g, b) = (pixel[0], pixel[1], pixel[2])
    let (high, low) = (max(r, g, b), min(r, g, b))
    if high == low { return (0, 0, high) }
    let range = high - low
    var h = high == r ? (g - b) / range : high == g ? 2 + (b - r) / range : 4 + (r - g) / range
    h /= 6
    return (h < 0 ? h + 1 : h, range / high, high)
  }

  /// Red, green and blue by the six cases of the textbook.
  static func rgb(_ h: Double, _ s: Double, _ v: Double) -> [Double] {
    let sector = Int(h * 6)
    let f = h * 6 - Double(sector)
    let (p, q, t) = (v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f)))
    switch sector % 6 {
    case 0: return [v, t, p]
    case 1: return [q, v, p]
    case 2: return [p, v, t]
    case 3: return [p, q, v]
    case 4: return [t, p, v]
    default: return [v, p, q]
    }
  }

  mutating func apply(_ jitter: ColourJitter) {
    for adjustment in jitter.order {
      switch adjustment {
      case .brightness: brightness(Double(jitter.brightness))
      case .contrast: contrast(Double(jitter.contrast))
      case .saturation: saturation(Double(jitter.saturation))
      case .hue: hue(Double(jitter.hue))
      }
    }
  }

  mutating func flip() { pixels = (0..<size * size).map { pixels[$0 / size * size + size - 1 - $0 % size] } }

  /// Moves the image as the published code does: a three times as large picture of the image and its mirrors, then a crop of it.
  mutating func shift(right: Int, down: Int) {
    let line = Array((1..<size).reversed()) + Array(0..<size) + Array((0..<size - 1).reversed())
    let start = size - 1
    pixels = (0..<size * size).map { pixels[line[start + $0 / size - down] * size + line[start + $0 % size - right]] }
  }

  /// Cuts a rectangle out and brings it to `target` × `target`, rows first, as PIL does.
  mutating func crop(x: Int, y: Int, width: Int, height: Int, target: Int) {
    let cut = (0..<height).map { row in (0..<width).map { pixels[(y + row) * size + x + $0] } }
    let across = Self.weights(from: width, to: target, start: 0, length: Double(width))
    let down = Self.weights(from: height, to: target, start: 0, length: Double(height))
    resample(cut, across, down, target: target)
  }

  /// Brings the whole image to `whole` × `whole` and takes the middle of `target` × `target`.
  mutating func resizeAndCut(whole: Int, target: Int) {
    let corner = (whole - target) / 2
    let all = Self.weights(from: size, to: whole, start: 0, length: Double(size))
    let rows = (0..<size).map { row in (0..<size).map { pixels[row * size + $0] } }
    resample(rows, Array(all[corner..<corner + target]), Array(all[corner..<corner + target]), target: target)
  }

  private mutating func resample(_ rows: [[[Double]]], _ across: [[Double]], _ down: [[Double]], target: Int) {
    let narrow = rows.map { row in across.map { weights in Self.mix(weights, row) } }
    pixels = down.flatMap { weights in (0..<target).map { x in Self.mix(weights, narrow.map { $0[x] }).map(clamp) } }
    size = target
  }

  private static func mix(_ weights: [Double], _ pixels: [[Double]]) -> [Double] {
    (0..<3).map { channel in zip(weights, pixels).reduce(0) { $0 + $1.0 * $1.1[channel] } }
  }

  private static func weights(from source: Int, to target: Int, start: Double, length: Double) -> [[Double]] {
    let scale = length / Double(target)
    let stretch = max(scale, 1)
    return (0..<target).map { result in
      let centre = start + (Double(result) + 0.5) * scale
      let raw = (0..<source).map { kernel((Double($0) + 0.5 - centre) / stretch) }
      let sum = raw.reduce(0, +)
      return raw.map { $0 / sum }
    }
  }

  private static func kernel(_ distance: Double) -> Double {
    let (x, a) = (abs(distance), -0.5)
    if x < 1 { return (a + 2) * pow(x, 3) - (a + 3) * pow(x, 2) + 1 }
    return x < 2 ? a * pow(x, 3) - 5 * a * pow(x, 2) + 8 * a * x - 4 * a : 0
  }

  /// The normalised pixels, channels side by side.
  func normalised(_ recipe: AugmentationRecipe) -> [Double] {
    let (mean, deviation) = ([recipe.mean.0, recipe.mean.1, recipe.mean.2], [recipe.deviation.0, recipe.deviation.1, recipe.deviation.2])
    return pixels.flatMap { pixel in (0..<3).map { (pixel[$0] - Double(mean[$0])) / Double(deviation[$0]) } }
  }
}

private func clamp(_ x: Double) -> Double { min(max(x, 0), 1) }
