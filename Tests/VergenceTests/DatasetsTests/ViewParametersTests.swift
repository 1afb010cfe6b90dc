import Datasets
import Testing

@Suite struct ViewParametersTests {
  static let count = 20_000

  static func draws(_ recipe: AugmentationRecipe, size: Int, view: Int = 0) -> [ViewParameters] {
    (0..<count).map { ViewParameters(recipe: recipe, size: size, seed: 5, epoch: $0 % 3, image: $0, view: view) }
  }

  /// Checks a share of many draws against its probability, at five standard deviations.
  static func expectShare(_ hits: Int, of total: Int, near probability: Double) {
    let deviation = (probability * (1 - probability) / Double(total)).squareRoot()
    #expect(abs(Double(hits) / Double(total) - probability) < 5 * deviation)
  }

  @Test func probabilitiesAreTheRecipes() {
    let draws = Self.draws(.cifar, size: 32)
    Self.expectShare(draws.count { $0.isFlipped }, of: Self.count, near: 0.5)
    Self.expectShare(draws.count { $0.isGrey }, of: Self.count, near: 0.25)
    Self.expectShare(draws.count { $0.jitter != nil }, of: Self.count, near: 0.8)
    // A shift that is made is none with the probability 1/81.
    Self.expectShare(draws.count { $0.placement == .shift(right: 0, down: 0) }, of: Self.count, near: 0.2 + 0.8 / 81)
    for offset in -4...4 {
      let hits = draws.count { if case .shift(offset, _) = $0.placement { true } else { false } }
      Self.expectShare(hits, of: Self.count, near: 0.8 / 9 + (offset == 0 ? 0.2 : 0))
    }
  }

  @Test func strengthsAreEvenInTheirRange() {
    for recipe in AugmentationRecipe.allCases {
      let jitters = Self.draws(recipe, size: 96).compactMap(\.jitter)
      for (values, range) in [
        (jitters.map { Double($0.brightness) }, 0.6...1.4), (jitters.map { Double($0.contrast) }, 0.6...1.4),
        (jitters.map { Double($0.saturation) }, 0.6...1.4), (jitters.map { Double($0.hue) }, -recipe.hueStrength...recipe.hueStrength),
      ] {
        for tenth in 0..<10 {
          let width = (range.upperBound - range.lowerBound) / 10
          let low = range.lowerBound + Double(tenth) * width
          Self.expectShare(values.count { $0 >= low && $0 < low + width }, of: values.count, near: 0.1)
        }
      }
      for number in 0..<24 { Self.expectShare(jitters.count { $0.orderNumber == number }, of: jitters.count, near: 1 / 24) }
    }
    #expect(AugmentationRecipe.imagenet.hueStrength == 0.1)
  }

  @Test func cropsStayInTheImageAndInTheirRanges() {
    var areas: [Double] = []
    for draw in Self.draws(.stl10, size: 96) {
      guard case .crop(let x, let y, let width, let height) = draw.placement else {
        Issue.record("not a crop")
        return
      }
      #expect(x >= 0 && y >= 0 && x + width <= 96 && y + height <= 96)
      let (area, ratio) = (Double(width * height) / (96 * 96), Double(width) / Double(height))
      #expect(area > 0.28 && area <= 1 && ratio > 0.67 && ratio < 1.46)
      areas.append(area)
    }
    // Large crops of a long shape don't fit and are drawn again, so the mean is below the middle of .3…1.
    let mean = areas.reduce(0, +) / Double(areas.count)
    #expect(mean > 0.55 && mean < 0.65)
  }

  @Test func viewsShareTheFlipAndNothingElse() {
    let (first, second) = (Self.draws(.cifar, size: 32, view: 0), Self.draws(.cifar, size: 32, view: 1))
    #expect(zip(first, second).allSatisfy { $0.isFlipped == $1.isFlipped })
    Self.expectShare(zip(first, second).count { $0.isGrey && $1.isGrey }, of: Self.count, near: 1 / 16)
    Self.expectShare(zip(first, second).count { ($0.jitter != nil) && ($1.jitter != nil) }, of: Self.count, near: 0.64)
  }

  @Test func everyCoordinateCounts() {
    let base = ViewParameters(recipe: .cifar, size: 32, seed: 1, epoch: 2, image: 3, view: 0)
    #expect(base == ViewParameters(recipe: .cifar, size: 32, seed: 1, epoch: 2, image: 3, view: 0))
    for (seed, epoch, image, view) in [(2, 2, 3, 0), (1, 3, 3, 0), (1, 2, 4, 0), (1, 2, 3, 1)] {
      let words = ViewDraws(seed: UInt32(seed), epoch: epoch, image: image, view: view).words(for: .strengths)
      #expect(words != ViewDraws(seed: 1, epoch: 2, image: 3, view: 0).words(for: .strengths))
    }
  }
}
