/// How views are made of images of one kind of data: one row of the published table.
///
/// - Source: Bachman et al. 2019, and its published code.
package enum AugmentationRecipe: String, CaseIterable, Sendable {
  /// Small images that fill their frame: CIFAR-10 and CIFAR-100.
  case cifar
  /// STL-10: random resized crops.
  case stl10
  /// ImageNet and Places205: random resized crops and less change of hue.
  case imagenet

  /// What a view keeps of its image.
  package enum Geometry: Hashable, Sendable {
    /// The image moved by up to `limit` pixels each way with the probability `probability`; what is uncovered is its reflection.
    case shift(limit: Int, probability: Double)
    /// A part of the image, of a share `area` of its area and a ratio `ratio` of width to height, brought to the view's size.
    case resizedCrop(area: ClosedRange<Double>, ratio: ClosedRange<Double>)
  }

  /// What a view keeps of its image.
  package var geometry: Geometry {
    switch self {
    case .cifar: .shift(limit: 4, probability: 0.8)
    case .stl10, .imagenet: .resizedCrop(area: 0.3...1, ratio: 0.7...1.4)
    }
  }

  /// The probability that an image is mirrored, once for all of its views.
  package var flipProbability: Double { 0.5 }
  /// The probability that a view's colours are changed.
  package var jitterProbability: Double { 0.8 }
  /// The probability that a view is made grey.
  package var greyProbability: Double { 0.25 }
  /// How far brightness, contrast and saturation are scaled, from 1 − strength to 1 + strength.
  package var jitterStrength: Double { 0.4 }
  /// How far the hue is turned each way, in turns.
  package var hueStrength: Double { self == .imagenet ? 0.1 : 0.2 }

  /// The mean of each channel, of values in [0, 1].
  package var mean: (Float, Float, Float) {
    switch self {
    case .cifar: (125.3 / 255, 123.0 / 255, 113.9 / 255)
    case .stl10: (0.43, 0.42, 0.39)
    case .imagenet: (0.485, 0.456, 0.406)
    }
  }

  /// The standard deviation of each channel, of values in [0, 1].
  package var deviation: (Float, Float, Float) {
    switch self {
    case .cifar: (63.0 / 255, 62.1 / 255, 66.7 / 255)
    case .stl10: (0.27, 0.26, 0.27)
    case .imagenet: (0.229, 0.224, 0.225)
    }
  }

  /// The size that a test image is brought to before its centre of `viewSize` is taken: 70 for 64 (STL-10), 146 for 128 (ImageNet).
  package func testSize(viewSize: Int) -> Int {
    switch self {
    case .cifar: viewSize
    case .stl10: (viewSize * 70 + 32) / 64
    case .imagenet: (viewSize * 146 + 64) / 128
    }
  }

  /// The size to keep images at in memory for views of `viewSize`: larger where crops are taken, so that a crop keeps detail.
  package func storedSize(viewSize: Int) -> Int {
    switch self {
    case .cifar: viewSize
    case .stl10, .imagenet: viewSize * 3 / 2
    }
  }
}
