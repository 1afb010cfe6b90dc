import Graph
import Loops
import Support
import Tensors

/// The matrix products between transformed windows and transformed weights, one for each number of a window.
package struct WindowProduct: Operation {
  /// Which of the three it makes of the other two: results of images and weights, images of results and weights, or weights of images and results.
  package enum Pass: String, Hashable, Sendable, Codable {
    case forward
    case toData = "to_data"
    case toWeights = "to_weights"
  }

  package static let mnemonic = "window_product"
  package static let documentation = OperationDocumentation(
    "The matrix products between transformed windows and transformed weights, one for each number p of a window: the convolution's `pass` between `unfold` and `fold`.",
    shapes: "forward: [W, P, C], [P, C, F] → [W, P, F]; to_data: [W, P, F], [P, F, C] → [W, P, C]; to_weights: [W, P, C], [W, P, F] → [P, C, F]",
    details:
      "With images v, weights u and results m, `forward` is m[w, p, f] = Σ v[w, p, c] · u[p, c, f] over c; `to_data` and `to_weights` are its gradients, "
      + "and `to_data` takes the weights with channels and filters exchanged, as its tiles read them.",
    source: "Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016, section 4")
  package static var examples: [OperationExample] {
    let (images, weights, exchanged, results) = ([6, 3, 5], [3, 5, 18], [3, 18, 5], [6, 3, 18])
    return [(Pass.forward, images, weights), (.toData, results, exchanged), (.toWeights, images, results)].map { pass, left, right in
      OperationExample(WindowProduct(pass), [TensorType(valid: .f32, left), TensorType(valid: .f32, right)])
    }
  }

  package let pass: Pass

  package init(_ pass: Pass) { self.pass = pass }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    try requireFloating(operands[0])
    for operand in operands { try requireRank(operand, 3) }
    guard operands[0].element == operands[1].element else { throw Diagnostic("element types differ: \(operands[0]) and \(operands[1])") }
    let (left, right) = (operands[0].shape, operands[1].shape)
    let fits =
      switch pass {
      case .forward: left[1] == right[0] && left[2] == right[1]
      case .toData: left[1] == right[0] && left[2] == right[1]
      case .toWeights: left[0] == right[0] && left[1] == right[1]
      }
    guard fits else { throw Diagnostic("the operands' shapes don't fit '\(pass.rawValue)': \(operands[0]) and \(operands[1])") }
    let sizes = sizes(operands.map(\.shape))
    let shape =
      switch pass {
      case .forward: [sizes.windows, sizes.numbers, sizes.filters]
      case .toData: [sizes.windows, sizes.numbers, sizes.channels]
      case .toWeights: [sizes.numbers, sizes.channels, sizes.filters]
      }
    return [try TensorType(operands[0].element, shape)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let (left, right) = (context.operands[0], context.operands[1])
    func product(_ pass: Pass, _ left: ValueID, _ right: ValueID) throws -> ValueID { try context.graph.one(WindowProduct(pass), left, right) }
    func exchanged(_ weights: ValueID) throws -> ValueID { try context.graph.transpose(weights, [0, 2, 1]) }
    return switch pass {
    case .forward: [try product(.toData, seed, try exchanged(right)), try product(.toWeights, left, seed)]
    case .toData: [try product(.forward, seed, try exchanged(right)), try exchanged(try product(.toWeights, seed, left))]
    case .toWeights: [try product(.toData, right, try exchanged(seed)), try product(.forward, left, seed)]
    }
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (windows, numbers, channels, filters) = sizes(operands.map(\.shape))
    let (left, right) = (operands[0].elements, operands[1].elements)
    let types = try infer(operands.map { TensorType(valid: .f32, $0.shape) })
    var result = Tensor(types[0].shape, repeating: 0)
    Tensor.forEachIndex(of: [windows, numbers, channels]) { at in
      let (image, results, weights) = (
        (at[0] * numbers + at[1]) * channels + at[2], (at[0] * numbers + at[1]) * filters, (at[1] * channels + at[2]) * filters
      )
      for f in 0..<filters {
        switch pass {
        case .forward: result.elements[results + f] += left[image] * right[weights + f]
        case .toData: result.elements[image] += left[results + f] * right[(at[1] * filters + f) * channels + at[2]]
        case .toWeights: result.elements[weights + f] += left[image] * right[results + f]
        }
      }
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    let sizes = sizes(operands.map(\.shape))
    return .contraction { [pass] supply in
      let (window, number, channel, filter) = (supply(sizes.windows), supply(sizes.numbers), supply(sizes.channels), supply(sizes.filters))
      let line = Index(window) * sizes.numbers + Index(number)
      let (image, result) = (line * sizes.channels + Index(channel), line * sizes.filters + Index(filter))
      let exchanged = (Index(number) * sizes.filters + Index(filter)) * sizes.channels + Index(channel)
      let weight = (Index(number) * sizes.channels + Index(channel)) * sizes.filters + Index(filter)
      func contraction(_ role: Contraction.Role, _ row: Axis, _ column: Axis, _ sum: Axis, _ left: Index, _ right: Index, _ output: Index)
        -> Contraction
      {
        var contraction = Contraction(
          role: role, outer: sizes.numbers > 1 ? [number] : [], row: row, column: column, reductions: [.init(sum)],
          left: .init(buffer: 0, at: left), right: .init(buffer: 1, at: right), output: output)
        contraction.rowGroups = contraction.outer.count
        return contraction
      }
      return switch pass {
      case .forward: contraction(.convolutionForward, window, filter, channel, image, weight, result)
      case .toData: contraction(.convolutionToData, window, channel, filter, result, exchanged, image)
      case .toWeights: contraction(.convolutionToWeights, channel, filter, window, image, result, weight)
      }
    }
  }

  private func sizes(_ operands: [[Int]]) -> (windows: Int, numbers: Int, channels: Int, filters: Int) {
    let (left, right) = (operands[0], operands[1])
    return switch pass {
    case .forward: (left[0], left[1], left[2], right[2])
    case .toData: (left[0], left[1], right[2], left[2])
    case .toWeights: (left[0], left[1], left[2], right[2])
    }
  }
}
