/// A change of colours: four adjustments, and the order they are made in.
package struct ColourJitter: Hashable, Sendable {
  /// One of the adjustments.
  package enum Adjustment: Int, CaseIterable, Sendable { case brightness, contrast, saturation, hue }

  /// What the colours are multiplied by.
  package var brightness: Float
  /// The share of the image against its mean grey.
  package var contrast: Float
  /// The share of each pixel against its own grey.
  package var saturation: Float
  /// How far the hue is turned, in turns.
  package var hue: Float
  /// The number of the order, 0..<24: see `order`.
  package var orderNumber: Int

  /// Creates a change with nothing left to chance.
  package init(brightness: Float, contrast: Float, saturation: Float, hue: Float, orderNumber: Int) {
    precondition((0..<ColourJitter.orders.count).contains(orderNumber))
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
    self.orderNumber = orderNumber
  }

  /// Draws the change of a view, `nil` for a view that keeps its colours.
  init?(_ recipe: AugmentationRecipe, _ draws: ViewDraws) {
    let gate = draws.words(for: .jitter)
    guard unit(gate[0]) < recipe.jitterProbability else { return nil }
    let words = draws.words(for: .strengths)
    let scale = (1 - recipe.jitterStrength)...(1 + recipe.jitterStrength)
    self.init(
      brightness: Float(uniform(words[0], in: scale)), contrast: Float(uniform(words[1], in: scale)),
      saturation: Float(uniform(words[2], in: scale)), hue: Float(uniform(words[3], in: -recipe.hueStrength...recipe.hueStrength)),
      orderNumber: integer(gate[1], below: ColourJitter.orders.count))
  }

  /// The adjustments in the order they are made.
  package var order: [Adjustment] { ColourJitter.orders[orderNumber] }

  /// All the orders of the adjustments.
  private static let orders: [[Adjustment]] = orders(of: Adjustment.allCases)

  private static func orders(of remaining: [Adjustment]) -> [[Adjustment]] {
    guard !remaining.isEmpty else { return [[]] }
    return remaining.flatMap { first in orders(of: remaining.filter { $0 != first }).map { [first] + $0 } }
  }
}
