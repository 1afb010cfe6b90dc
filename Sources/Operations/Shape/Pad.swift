import Graph
import Loops
import Support
import Tensors

/// Puts zeros or reflections around the elements, and zeros between them.
package struct Pad: Operation {
  /// What stands in the added places.
  package enum Mode: String, Hashable, Sendable, Codable {
    case zero
    /// The elements mirrored at the first and the last one, which aren't repeated.
    case reflect
  }

  package static let mnemonic = "pad"
  package static let documentation = OperationDocumentation(
    "Puts `low` places before, `high` places after and `interior` places between the elements along each dimension.",
    shapes: "[…] → [low + extent + (extent − 1) · interior + high]",
    details:
      "With `mode = zero` the places hold 0. With `mode = reflect` they hold the elements mirrored at the first and the last one, which are not repeated; "
      + "there is no room for more than extent − 1 of them on a side, and `interior` is 0.")
  package static var examples: [OperationExample] {
    [
      OperationExample(Pad(low: [1, 0], high: [2, 3], interior: [0, 0], mode: .zero), [TensorType(valid: .f32, [3, 5])]),
      OperationExample(Pad(low: [0, 2], high: [1, 0], interior: [2, 1], mode: .zero), [TensorType(valid: .f32, [3, 4])]),
      OperationExample(Pad(low: [1], high: [1], interior: [0], mode: .zero), [TensorType(valid: .i32, [3])]),
      OperationExample(
        Pad(low: [0, 2, 3, 0], high: [0, 2, 1, 0], interior: [0, 0, 0, 0], mode: .reflect), [TensorType(valid: .f32, [2, 5, 4, 3])]),
    ]
  }

  package let low: [Int]
  package let high: [Int]
  package let interior: [Int]
  package let mode: Mode

  package init(low: [Int], high: [Int], interior: [Int], mode: Mode) {
    self.low = low
    self.high = high
    self.interior = interior
    self.mode = mode
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    let type = operands[0]
    guard [low.count, high.count, interior.count] == [type.rank, type.rank, type.rank], (low + high + interior).allSatisfy({ $0 >= 0 }) else {
      throw Diagnostic("needs counts from 0 for each dimension of \(type), and got low \(low), high \(high) and interior \(interior)")
    }
    if mode == .reflect {
      try requireRoomToReflect(type, low: low, high: high)
      guard interior.allSatisfy({ $0 == 0 }) else { throw Diagnostic("can't reflect between elements: interior \(interior)") }
    }
    // Places beyond the limit of a tensor are refused before they are added up, so that no sum overflows.
    for (d, extent) in type.shape.enumerated() {
      let (between, overflow) = (extent - 1).multipliedReportingOverflow(by: interior[d])
      guard !overflow, max(low[d], high[d], between) <= TensorType.byteLimit else {
        throw Diagnostic("pads dimension \(d) of \(type) beyond any tensor")
      }
    }
    return [try TensorType(type.element, type.shape.indices.map { padded(type.shape[$0], $0) })]
  }

  private func padded(_ extent: Int, _ d: Int) -> Int { low[d] + extent + (extent - 1) * interior[d] + high[d] }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil] }
    if mode == .reflect { return [try context.graph.one(PadReflectGradient(low: low, high: high), seed)] }
    let shape = context.graph.type(of: context.operands[0]).shape
    let strides = interior.map { $0 + 1 }
    let limits = shape.indices.map { low[$0] + (shape[$0] - 1) * strides[$0] + 1 }
    return [try context.graph.slice(seed, from: low, to: limits, by: strides)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let shape = operands[0].shape
    let result = Tensor(shape.indices.map { padded(shape[$0], $0) }) { at in
      var source: [Int] = []
      for (d, extent) in shape.enumerated() {
        var place = at[d] - low[d]
        if mode == .reflect {
          place = extent - 1 - abs(extent - 1 - abs(place))
        } else {
          guard place % (interior[d] + 1) == 0, (0..<extent).contains(place / (interior[d] + 1)) else { return 0 }
          place /= interior[d] + 1
        }
        source.append(place)
      }
      return operands[0][source]
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [low, interior, mode] at, _ in
      var bounds: [Bounds] = []
      let coordinates = operands[0].shape.enumerated().map { d, extent -> Index in
        let place = at[d] + -low[d]
        if mode == .reflect { return at[d].range == 0...extent - 1 ? at[d] : reflected(place, below: extent) }
        bounds += [Bounds(place.divided(by: interior[d] + 1), below: extent), Bounds(place.modulo(interior[d] + 1), below: 1)]
        return place.divided(by: interior[d] + 1)
      }
      return [.inside(bounds, .load(buffer: 0, at: .position(of: coordinates, in: operands[0].shape), operands[0].element))]
    }
  }

  /// The coordinate in 0..<`extent` that `place` mirrors: (extent − 1) − |extent − 1 − |place||.
  private func reflected(_ place: Index, below extent: Int) -> Index {
    let zero = Scalar.constant(0, .i32)
    let last = Scalar.constant(Double(extent - 1), .i32)
    let fromLast = last - .binary(.maximum, .index(place), .index(place * -1))
    return Index(last - .binary(.maximum, fromLast, zero - fromLast), below: extent)
  }
}

/// Checks that each dimension of `type` has as many elements to mirror as places on either side ask for.
func requireRoomToReflect(_ type: TensorType, low: [Int], high: [Int]) throws {
  for (d, extent) in type.shape.enumerated() where max(low[d], high[d]) > extent - 1 {
    throw Diagnostic(
      "can't reflect \(max(low[d], high[d])) elements along dimension \(d) of \(type)", hint: "at most the extent less 1 can be mirrored")
  }
}
