import Datasets
import Support
import Testing

@Suite struct ColourPlanesTests {
  static let size = 9

  /// Planes with pixels of all kinds: random, grey, black, white, and with two equal channels.
  static func planes() -> [Float] {
    let philox = Philox(seed: 1, stream: "planes")
    let area = size * size
    var planes = (0..<3 * area).map { Float(philox.uniform(element: UInt64($0), step: 0)) }
    for (i, colour) in [[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [1, 1, 0], [0, 0.25, 0.25], [0.7, 0.2, 0.7], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
      .enumerated()
    {
      for channel in 0..<3 { planes[channel * area + i] = Float(colour[channel]) }
    }
    return planes
  }

  /// Checks an operation against the reference.
  func check(_ change: (ColourPlanes) -> Void, _ reference: (inout ReferenceImage) -> Void) {
    var planes = Self.planes()
    var wanted = ReferenceImage(planes: planes, size: Self.size)
    planes.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      change(ColourPlanes(base, count: Self.size * Self.size))
    }
    reference(&wanted)
    for (value, expected) in zip(planes, wanted.planes) { #expect(abs(Double(value) - expected) < 1e-5) }
  }

  @Test(arguments: [0.6, 1, 1.37] as [Float]) func brightness(factor: Float) {
    check({ $0.scaleBrightness(by: factor) }, { $0.brightness(Double(factor)) })
  }
  @Test(arguments: [0.6, 1, 1.37] as [Float]) func contrast(factor: Float) {
    check({ $0.scaleContrast(by: factor) }, { $0.contrast(Double(factor)) })
  }
  @Test(arguments: [0.6, 1, 1.37] as [Float]) func saturation(factor: Float) {
    check({ $0.scaleSaturation(by: factor) }, { $0.saturation(Double(factor)) })
  }
  @Test(arguments: [-0.5, -0.2, -0.031, 0, 0.1, 0.2, 0.49] as [Float]) func hue(turns: Float) {
    check({ $0.turnHue(by: turns) }, { $0.hue(Double(turns)) })
  }
  @Test func grey() { check({ $0.makeGrey() }, { $0.grey() }) }

  @Test func everyOrderOfTheAdjustments() {
    for number in 0..<24 {
      let jitter = ColourJitter(brightness: 1.3, contrast: 0.7, saturation: 1.4, hue: -0.15, orderNumber: number)
      #expect(Set(jitter.order).count == 4)
      check({ $0.apply(jitter) }, { $0.apply(jitter) })
    }
    let orders = Set((0..<24).map { ColourJitter(brightness: 1, contrast: 1, saturation: 1, hue: 0, orderNumber: $0).order })
    #expect(orders.count == 24)
  }
}
