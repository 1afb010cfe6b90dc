import Support
import Tensors

/// What stands around the images of a convolution.
package enum Padding: Hashable, Sendable {
  /// Nothing: windows lie within the image.
  case valid
  /// That many zeros on each side.
  case zero(Int)
  /// That many pixels on each side, mirrored at the outermost ones.
  case reflect(Int)

  /// The operation that pads images of `rank` dimensions, or `nil` when there is nothing to add.
  func operation(rank: Int) -> Pad? {
    switch self {
    case .valid, .zero(0), .reflect(0): nil
    case .zero(let count): Padding.pad(count, rank, .zero)
    case .reflect(let count): Padding.pad(count, rank, .reflect)
    }
  }

  private static func pad(_ count: Int, _ rank: Int, _ mode: Pad.Mode) -> Pad {
    let sides = (0..<rank).map { $0 == rank - 3 || $0 == rank - 2 ? count : 0 }
    return Pad(low: sides, high: sides, interior: sides.map { _ in 0 }, mode: mode)
  }
}

/// In text `valid`, `{zero = 2}` or `{reflect = 2}`.
extension Padding: Codable {
  private enum CodingKeys: String, CodingKey { case zero, reflect }

  package init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "valid" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "padding is valid, {zero = n} or {reflect = n}, and not '\(word)'"))
      }
      self = .valid
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if container.contains(.reflect) {
      self = .reflect(try container.decode(Int.self, forKey: .reflect))
    } else {
      self = .zero(try container.decode(Int.self, forKey: .zero))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .valid:
      var container = encoder.singleValueContainer()
      try container.encode("valid")
    case .zero(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .zero)
    case .reflect(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .reflect)
    }
  }
}
