import Support

/// The random words of one view of one image: a function of (seed, epoch, image, view, operation).
///
/// The operation is the stream of the key, the image the element, and the epoch and the view the step of the counter.
package struct ViewDraws: Sendable {
  /// The seed of the training run.
  package let seed: UInt32
  /// Which image of the dataset.
  package let image: Int
  private let step: UInt64

  /// The view number of what all the views of an image share.
  package static let shared = 0xffff

  /// Creates the draws of `view` of `image` in `epoch`.
  package init(seed: UInt32, epoch: Int, image: Int, view: Int) {
    precondition(view >= 0 && view <= ViewDraws.shared && epoch >= 0)
    self.seed = seed
    self.image = image
    step = UInt64(epoch) << 16 | UInt64(view)
  }

  /// Returns four random words for `operation`.
  package func words(for operation: ViewOperation) -> SIMD4<UInt32> {
    Philox(seed: seed, stream: operation.stream).words(element: UInt64(image), step: step)
  }
}

/// Something that draws for a view: the name of its stream of random words.
package struct ViewOperation: Hashable, Sendable {
  let stream: UInt32

  private init(_ name: String) { stream = Philox.stream(named: "view.\(name)") }

  /// Whether the image is mirrored.
  package static let flip = ViewOperation("flip")
  /// Whether and how far the image is moved.
  package static let shift = ViewOperation("shift")
  /// The size and place of each try at a crop.
  package static let crops = (0..<10).map { ViewOperation("crop.\($0)") }
  /// Whether colours are changed, and in which order.
  package static let jitter = ViewOperation("jitter")
  /// The strengths of brightness, contrast, saturation and hue.
  package static let strengths = ViewOperation("strengths")
  /// Whether the view is made grey.
  package static let grey = ViewOperation("grey")
}

/// Returns the number in [0, 1) that a random word stands for, a multiple of 2⁻²⁴.
func unit(_ word: UInt32) -> Double { Double(word >> 8) * 0x1p-24 }

/// Returns the number in `range` that a random word stands for.
func uniform(_ word: UInt32, in range: ClosedRange<Double>) -> Double {
  range.lowerBound + (range.upperBound - range.lowerBound) * unit(word)
}

/// Returns the whole number in 0..<`bound` that a random word stands for, with a bias below bound / 2³².
func integer(_ word: UInt32, below bound: Int) -> Int {
  Int(word.multipliedFullWidth(by: UInt32(bound)).high)
}
