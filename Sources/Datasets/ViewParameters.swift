import Foundation

/// All that chance decides about one view of one image.
package struct ViewParameters: Hashable, Sendable {
  /// The part of an image that a view shows, before the image is mirrored.
  package enum Placement: Hashable, Sendable {
    /// The view's pixel (x, y) is the image's pixel (x − right, y − down), reflected at the borders.
    case shift(right: Int, down: Int)
    /// The rectangle of the image that is brought to the view's size.
    case crop(x: Int, y: Int, width: Int, height: Int)
  }

  /// Whether the image is mirrored before all else; the same for all the views of an image.
  package var isFlipped: Bool
  /// The part of the mirrored image that the view shows.
  package var placement: Placement
  /// The change of colours, if there is one.
  package var jitter: ColourJitter?
  /// Whether the view is made grey at the end.
  package var isGrey: Bool

  /// Creates a view with nothing left to chance.
  package init(isFlipped: Bool, placement: Placement, jitter: ColourJitter?, isGrey: Bool) {
    self.isFlipped = isFlipped
    self.placement = placement
    self.jitter = jitter
    self.isGrey = isGrey
  }

  /// Draws what `recipe` leaves to chance for `view` of `image`, an image of `size` × `size` pixels.
  package init(recipe: AugmentationRecipe, size: Int, seed: UInt32, epoch: Int, image: Int, view: Int) {
    let shared = ViewDraws(seed: seed, epoch: epoch, image: image, view: ViewDraws.shared)
    let own = ViewDraws(seed: seed, epoch: epoch, image: image, view: view)
    isFlipped = unit(shared.words(for: .flip)[0]) < recipe.flipProbability
    switch recipe.geometry {
    case .shift(let limit, let probability): placement = Placement(shiftUpTo: limit, probability: probability, own)
    case .resizedCrop(let area, let ratio): placement = Placement(cropOf: size, area: area, ratio: ratio, own)
    }
    jitter = ColourJitter(recipe, own)
    isGrey = unit(own.words(for: .grey)[0]) < recipe.greyProbability
  }
}

extension ViewParameters.Placement {
  /// Draws a shift of up to `limit` pixels each way.
  fileprivate init(shiftUpTo limit: Int, probability: Double, _ draws: ViewDraws) {
    let words = draws.words(for: .shift)
    guard unit(words[0]) < probability else {
      self = .shift(right: 0, down: 0)
      return
    }
    self = .shift(right: integer(words[1], below: 2 * limit + 1) - limit, down: integer(words[2], below: 2 * limit + 1) - limit)
  }

  /// Draws a crop as torchvision's RandomResizedCrop does: ten tries, the ratio even on a logarithmic scale, then the whole image.
  fileprivate init(cropOf size: Int, area: ClosedRange<Double>, ratio: ClosedRange<Double>, _ draws: ViewDraws) {
    for operation in ViewOperation.crops {
      let words = draws.words(for: operation)
      let wanted = Double(size * size) * uniform(words[0], in: area)
      let shape = exp(uniform(words[1], in: log(ratio.lowerBound)...log(ratio.upperBound)))
      let width = Int((wanted * shape).squareRoot().rounded())
      let height = Int((wanted / shape).squareRoot().rounded())
      if width >= 1, width <= size, height >= 1, height <= size {
        self = .crop(x: integer(words[2], below: size - width + 1), y: integer(words[3], below: size - height + 1), width: width, height: height)
        return
      }
    }
    self = .crop(x: 0, y: 0, width: size, height: size)
  }
}
