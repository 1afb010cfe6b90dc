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
    shapes:
      "forward: [B, P, W, C], [P, C, F] → [B, P, W, F]; to_data: [B, P, W, F], [P, F, C] → [B, P, W, C]; to_weights: [B, P, W, C], [B, P, W, F] → [P, C, F]",
    details:
      "With images v, weights u and results m, `forward` is m[b, p, w, f] = Σ v[b, p, w, c] · u[p, c, f] over c, for the windows w of all blocks b of images; `to_data` and `to_weights` are its gradients, "
      + "and `to_data` takes the weights with channels and filters exchanged, as its tiles read them.",
    source: "Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016, section 4")
  package static var examples: [OperationExample] {
    [[1, 6], [2, 7]].flatMap { blocks in
      let (images, results) = ([blocks[0], 3, blocks[1], 5], [blocks[0], 3, blocks[1], 18])
      let (weights, exchanged) = ([3, 5, 18], [3, 18, 5])
      return [(Pass.forward, images, weights), (.toData, results, exchanged), (.toWeights, images, results)].map { pass, left, right in
        OperationExample(WindowProduct(pass), [TensorType(valid: .f32, left), TensorType(valid: .f32, right)])
      }
    }
  }

  package let pass: Pass

  package init(_ pass: Pass) { self.pass = pass }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    try requireFloating(operands[0])
    try requireRank(operands[0], 4)
    try requireRank(operands[1], pass == .toWeights ? 4 : 3)
    guard operands[0].element == operands[1].element else { throw Diagnostic("element types differ: \(operands[0]) and \(operands[1])") }
    let (left, right) = (operands[0].shape, operands[1].shape)
    let fits =
      switch pass {
      case .forward, .toData: left[1] == right[0] && left[3] == right[1]
      case .toWeights: left[..<3] == right[..<3]
      }
    guard fits else { throw Diagnostic("the operands' shapes don't fit '\(pass.rawValue)': \(operands[0]) and \(operands[1])") }
    let sizes = sizes(operands.map(\.shape))
    let shape =
      switch pass {
      case .forward: [sizes.blocks, sizes.numbers, sizes.windows, sizes.filters]
      case .toData: [sizes.blocks, sizes.numbers, sizes.windows, sizes.channels]
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
    let (blocks, numbers, windows, channels, filters) = sizes(operands.map(\.shape))
    let (left, right) = (operands[0].elements, operands[1].elements)
    let types = try infer(operands.map { TensorType(valid: .f32, $0.shape) })
    var result = Tensor(types[0].shape, repeating: 0)
    Tensor.forEachIndex(of: [blocks, numbers, windows, channels]) { at in
      let line = (at[0] * numbers + at[1]) * windows + at[2]
      let (image, results, weights) = (line * channels + at[3], line * filters, (at[1] * channels + at[3]) * filters)
      for f in 0..<filters {
        switch pass {
        case .forward: result.elements[results + f] += left[image] * right[weights + f]
        case .toData: result.elements[image] += left[results + f] * right[(at[1] * filters + f) * channels + at[3]]
        case .toWeights: result.elements[weights + f] += left[image] * right[results + f]
        }
      }
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    let sizes = sizes(operands.map(\.shape))
    return .contraction { [pass] supply in
      let (block, number, window) = (supply(sizes.blocks), supply(sizes.numbers), supply(sizes.windows))
      let (channel, filter) = (supply(sizes.channels), supply(sizes.filters))
      let line = (Index(block) * sizes.numbers + Index(number)) * sizes.windows + Index(window)
      let (image, result) = (line * sizes.channels + Index(channel), line * sizes.filters + Index(filter))
      let exchanged = (Index(number) * sizes.filters + Index(filter)) * sizes.channels + Index(channel)
      let weight = (Index(number) * sizes.channels + Index(channel)) * sizes.filters + Index(filter)
      func contraction(
        _ role: Contraction.Role, over outer: [Axis], _ row: Axis, _ column: Axis, summing sums: [Axis], _ left: Index, _ right: Index,
        _ output: Index
      ) -> Contraction {
        var contraction = Contraction(
          role: role, outer: outer.filter { $0.extent > 1 }, row: row, column: column,
          reductions: sums.filter { $0.extent > 1 || $0 == sums.last }.map { .init($0) },
          left: .init(buffer: 0, at: left), right: .init(buffer: 1, at: right), output: output)
        contraction.rowGroups = contraction.outer.count
        return contraction
      }
      return switch pass {
      case .forward: contraction(.convolutionForward, over: [block, number], window, filter, summing: [channel], image, weight, result)
      case .toData: contraction(.convolutionToData, over: [block, number], window, channel, summing: [filter], result, exchanged, image)
      case .toWeights: contraction(.convolutionToWeights, over: [number], channel, filter, summing: [block, window], image, result, weight)
      }
    }
  }

  private func sizes(_ operands: [[Int]]) -> (blocks: Int, numbers: Int, windows: Int, channels: Int, filters: Int) {
    let (left, right) = (operands[0], operands[1])
    return switch pass {
    case .forward: (left[0], left[1], left[2], left[3], right[2])
    case .toData: (left[0], left[1], left[2], right[2], left[3])
    case .toWeights: (left[0], left[1], left[2], left[3], right[3])
    }
  }
}
