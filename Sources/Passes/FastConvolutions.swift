import Graph
import Operations
import Tensors

/// How convolutions are made.
package enum ConvolutionRoute: String, Hashable, Sendable, CaseIterable {
  /// Fast where that gains time.
  case auto
  /// All by their definition.
  case direct
  /// Fast wherever a minimal filter makes fewer products, of sums that fill a vector at least.
  case fast
}

extension GraphPass {
  /// Makes convolutions of fewer multiplications, where those saved are worth more than the memory traffic of the transforms around them.
  ///
  /// The rule: of all sizes of windows that fit, the one that gains most, if it gains.
  /// - Parameter areApart: Whether each pass makes windows of several blocks itself, which takes some time and less memory.
  /// - Ensures: results that differ from the convolution's own in the last digits only: see decision 12.
  package static func fastConvolutions(_ route: ConvolutionRoute, areApart: Bool = false) -> GraphPass {
    GraphPass("fast-convolutions") { graph in
      guard route != .direct else { return }
      let old = graph
      graph = try old.rewritten { new, id, operands in
        let node = old[id]
        let forms = FastConvolution.forms(of: node.operation, on: node.operands.map(old.type), to: node.results)
        guard let best = forms.max(by: { $0.gain < $1.gain }), best.gain > 0 || route == .fast && best.depth >= 16 else {
          return try new.appendCopy(of: id, from: old, on: operands)
        }
        new.position = node.position
        defer { new.position = nil }
        return [try best.append(to: &new, operands, isApart: areApart)]
      }
    }
  }
}

extension FastConvolution {
  /// Products that a present machine makes in the time that it takes to write a number to memory and read it again.
  private static let productsOfNumber = 40.0

  /// What is gained, in products.
  fileprivate var gain: Double { savedProducts - movedNumbers * FastConvolution.productsOfNumber }
}
