import Datasets
import Foundation
import Testing

@Suite struct SyntheticImagesTests {
  static let images: SyntheticImages = {
    var images = SyntheticImages()
    (images.train, images.test) = (2500, 1000)
    return images
  }()

  @Test func theSameSeedDrawsTheSame() {
    var small = Self.images
    small.train = 300
    #expect(small.images(.train, size: 32).pixels == small.images(.train, size: 32).pixels)
    var other = small
    other.seed = 1
    #expect(small.images(.train, size: 32).pixels != other.images(.train, size: 32).pixels)
    #expect(small.images(.train, size: 32).pixels != small.images(.test, size: 32).pixels.prefix(300 * 3072).map { $0 })
    // More images leave the first ones as they were.
    var more = small
    more.train = 400
    #expect(Array(more.images(.train, size: 32).pixels.prefix(300 * 3072)) == small.images(.train, size: 32).pixels)
  }

  @Test(arguments: [32, 64, 128]) func everySizeAndClassIsDrawn(size: Int) {
    var images = Self.images
    (images.classes, images.train) = (20, 40)
    let data = images.images(.train, size: size)
    #expect(data.count == 40 && data.classes.count == 20 && Set(data.classes).count == 20)
    #expect(data.labels.filter { $0 == 19 }.count == 2)
  }

  /// Pixels as a linear model sees them: centred, in about −1…1, with a constant.
  static func features(_ data: ImageDataset, _ index: Int) -> [Float] {
    data.pixels[index * data.stride..<(index + 1) * data.stride].map { (Float($0) - 128) / 64 } + [1]
  }

  /// The accuracies on training and on test images of a logistic regression of the pixels, trained by stochastic gradients.
  static func linearProbe(_ train: ImageDataset, _ test: ImageDataset) -> (train: Double, test: Double) {
    let (classes, width) = (train.classes.count, train.stride + 1)
    var weights = [[Float]](repeating: [Float](repeating: 0, count: width), count: classes)
    func scores(_ x: [Float]) -> [Float] { weights.map { row in dot(row, x) } }
    for step in 0..<4 * train.count {
      let index = step % train.count
      let x = features(train, index)
      let score = scores(x)
      let top = score.max() ?? 0
      let powers = score.map { exp($0 - top) }
      let sum = powers.reduce(0, +)
      let rate = 2e-4 * (1 - Float(step) / Float(4 * train.count))
      for label in 0..<classes {
        let slope = powers[label] / sum - (label == Int(train.labels[index]) ? 1 : 0)
        for i in 0..<width { weights[label][i] -= rate * slope * x[i] }
      }
    }
    func accuracy(_ data: ImageDataset) -> Double {
      let hits = (0..<data.count).count { index in
        let score = scores(features(data, index))
        return score.indices.max { score[$0] < score[$1] } == Int(data.labels[index])
      }
      return Double(hits) / Double(data.count)
    }
    return (accuracy(train), accuracy(test))
  }

  private static func dot(_ a: [Float], _ b: [Float]) -> Float {
    var sums = SIMD8<Float>()
    for i in stride(from: 0, to: a.count - 7, by: 8) { for lane in 0..<8 { sums[lane] += a[i + lane] * b[i + lane] } }
    return sums.sum() + (a.count & ~7..<a.count).reduce(0) { $0 + a[$1] * b[$1] }
  }

  @Test func aLinearProbeOfThePixelsDoesBadly() {
    let accuracy = Self.linearProbe(Self.images.images(.train, size: 32), Self.images.images(.test, size: 32))
    // It learns, but nothing that other images have.
    #expect(accuracy.train > 0.25)
    #expect(accuracy.test < 0.3)
  }

  /// How much neighbouring pixels differ: what a texture changes and colour or place don't.
  static func roughness(_ data: ImageDataset, _ index: Int) -> Double {
    let pixels = data.pixels[index * data.stride..<(index + 1) * data.stride].map(Double.init)
    return stride(from: 0, to: pixels.count - 3, by: 1).reduce(0) { $0 + abs(pixels[$1 + 3] - pixels[$1]) } / Double(pixels.count)
  }

  @Test func texturesCanBeTold() {
    let data = Self.images.images(.test, size: 32)
    let rough = (0..<data.count).map { (Self.roughness(data, $0), data.labels[$0] >= 5) }
    let middle = rough.map(\.0).sorted()[data.count / 2]
    #expect(Double(rough.count { ($0.0 > middle) == $0.1 }) / Double(data.count) > 0.7)
  }
}
