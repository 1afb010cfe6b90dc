import Foundation
import Support

/// One synthetic image before it is painted: an object of its class before a background with clutter.
///
/// Lightness is dealt out anew for each image, so that the object may be lighter or darker than what is behind it, and colours are free:
/// neither says anything of the class, only the outline and the texture do.
struct SyntheticScene {
  private typealias Colour = SIMD3<Float>

  /// Something painted at a place: an outline, turned and scaled, filled with a texture of two colours.
  private struct Thing {
    var shape: Shape
    var texture: Texture
    var x, y, radius: Float
    var turn: SIMD2<Float>
    var textureTurn: SIMD2<Float>
    var phase: SIMD2<Float>
    var period: Float
    var colours: (Colour, Colour)
  }

  private var background: (Colour, Colour)
  private var slope: SIMD2<Float>
  private var things: [Thing] = []
  private var noise: DrawSequence

  /// The number of classes there can be.
  static let maximumClasses = Shape.allCases.count * Texture.allCases.count

  /// Draws the scene of image `index`, of the class `label`: the outline varies fastest with the class, then the texture.
  init(label: Int, index: Int, philox: Philox) {
    var draws = DrawSequence(philox, element: index)
    var lightness: [Float] = [0.2, 0.5, 0.8]
    lightness.swapAt(0, draws.integer(below: 3))
    lightness.swapAt(1, 1 + draws.integer(below: 2))
    background = (SyntheticScene.colour(lightness[0], &draws), SyntheticScene.colour(lightness[0], &draws))
    slope = SyntheticScene.direction(&draws)
    for _ in 0..<3 + draws.integer(below: 4) {
      let colour = SyntheticScene.colour(draws.uniform(0.2...0.8), &draws)
      things.append(
        Thing(
          shape: Shape.allCases[draws.integer(below: Shape.allCases.count)], texture: .plain, x: draws.uniform(0...1), y: draws.uniform(0...1),
          radius: draws.uniform(0.04...0.1), turn: SyntheticScene.direction(&draws), textureTurn: [1, 0], phase: [0, 0], period: 1,
          colours: (colour, colour)))
    }
    let radius = draws.uniform(0.24...0.4)
    let middle = (0.8 * radius)...(1 - 0.8 * radius)
    things.append(
      Thing(
        shape: Shape.allCases[label % Shape.allCases.count], texture: Texture.allCases[label / Shape.allCases.count],
        x: draws.uniform(middle), y: draws.uniform(middle), radius: radius, turn: SyntheticScene.direction(&draws),
        textureTurn: SyntheticScene.direction(&draws), phase: [draws.uniform(0...1), draws.uniform(0...1)], period: draws.uniform(0.13...0.19),
        colours: (SyntheticScene.colour(lightness[1], &draws), SyntheticScene.colour(lightness[2], &draws))))
    noise = draws
  }

  /// Returns a colour of about the grey `lightness`.
  private static func colour(_ lightness: Float, _ draws: inout DrawSequence) -> Colour {
    let tint = Colour(draws.uniform(-0.25...0.25), draws.uniform(-0.25...0.25), draws.uniform(-0.25...0.25))
    let grey = (tint * Colour(0.299, 0.587, 0.114)).sum()
    return tint + (lightness - grey + draws.uniform(-0.08...0.08))
  }

  /// Returns a direction as (cosine, sine).
  private static func direction(_ draws: inout DrawSequence) -> SIMD2<Float> {
    let angle = draws.uniform(0...(2 * .pi))
    return [cos(angle), sin(angle)]
  }

  /// Paints the scene.
  ///
  /// - Shapes: target u8[size, size, 3].
  /// - Requires: `pixels` has room for size · size colours.
  func paint(size: Int, pixels: UnsafeMutablePointer<SIMD3<Float>>, into target: UnsafeMutablePointer<UInt8>) {
    for y in 0..<size {
      for x in 0..<size {
        let share = 0.5 + slope.x * (Float(x) / Float(size) - 0.5) + slope.y * (Float(y) / Float(size) - 0.5)
        pixels[y * size + x] = background.0 + (background.1 - background.0) * min(max(share, 0), 1)
      }
    }
    for thing in things { paint(thing, size: size, pixels: pixels) }
    var grain = noise
    for i in 0..<size * size {
      let word = grain.word()
      for channel in 0..<3 {
        let value = pixels[i][channel] * 255 + Float(word >> (8 * channel) & 0xff) * 0.06 - 7.5
        target[3 * i + channel] = UInt8(min(max(value, 0), 255))
      }
    }
  }

  private func paint(_ thing: Thing, size: Int, pixels: UnsafeMutablePointer<SIMD3<Float>>) {
    let side = Float(size)
    let (centreX, centreY, radius) = (thing.x * side, thing.y * side, thing.radius * side)
    let reach = radius * 1.3 + 1
    let rows = max(0, Int(centreY - reach))..<min(size, Int(centreY + reach) + 1)
    let columns = max(0, Int(centreX - reach))..<min(size, Int(centreX + reach) + 1)
    let periods = 1 / (thing.period * side)
    for y in rows {
      for x in columns {
        let (dx, dy) = (Float(x) + 0.5 - centreX, Float(y) + 0.5 - centreY)
        let (u, v) = (dx * thing.turn.x + dy * thing.turn.y, dy * thing.turn.x - dx * thing.turn.y)
        let cover = min(max(0.5 - thing.shape.distance(u / radius, v / radius) * radius, 0), 1)
        if cover == 0 { continue }
        let across = (dx * thing.textureTurn.x + dy * thing.textureTurn.y) * periods + thing.phase.x
        let along = (dy * thing.textureTurn.x - dx * thing.textureTurn.y) * periods + thing.phase.y
        let colour = thing.colours.0 + (thing.colours.1 - thing.colours.0) * thing.texture.share(across, along)
        pixels[y * size + x] += (colour - pixels[y * size + x]) * cover
      }
    }
  }
}
