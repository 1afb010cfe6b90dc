import Vergence

/// Which map of one view predicts which map of the other, by the lengths of their sides: `1:7`.
package struct MapPair: Hashable, Sendable {
  let source: Int
  let target: Int
}

extension MapPair: OptionValue {
  package static var kind: String { "a pair of maps like 1:7" }
  package init?(optionText text: String) {
    let sides = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let source = sides[0], let target = sides[1], source > 0, target > 0 else { return nil }
    self.init(source: source, target: target)
  }
  package var optionText: String { "\(source):\(target)" }
}

extension MapPair: ExpressibleByStringLiteral {
  /// Creates the pair that a model's source spells.
  package init(stringLiteral text: String) {
    guard let pair = MapPair(optionText: text) else { preconditionFailure("'\(text)' is no pair of maps") }
    self = pair
  }
}
