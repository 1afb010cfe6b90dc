import Loops
import Tensors

/// The numbers that activations are kept in.
package enum Precision: String, Hashable, Sendable, CaseIterable {
  /// Single precision everywhere.
  case f32
  /// Activations and packed weights in bf16; sums, statistics, parameters, objective and optimiser in single precision.
  case bf16
}

extension KernelPass {
  /// Keeps in bf16 what convolutions read and write, if that precision is asked for.
  ///
  /// The rule: an intermediate becomes bf16 when convolutions make it or read it as images or as their gradient, when no product reads it, and when each convolution that reads it
  /// can take pairs of it. Values are computed in single precision and rounded once, where they are stored: to the nearest, ties to even.
  /// - Requires: fusion is done, so that what is stored is what stays.
  /// - Ensures: parameters, their gradients, statistics, sums and what the objective reads are as before.
  package static let precision = KernelPass("precision") { graph, options in
    guard options.precision == .bf16 else { return }
    let rounded = graph.roundable
    for id in rounded { graph.storages[id].type = graph.storages[id].type.with(.bf16) }
    for i in graph.invocations.indices {
      var body = graph.invocations[i].body.mapValues { value in
        value.mapLoads { buffer, at, type in
          rounded.contains(buffer) ? .cast(.load(buffer: buffer, at: at, .bf16), .f32) : .load(buffer: buffer, at: at, type)
        }
      }
      body.stores = body.stores.map { store in
        rounded.contains(store.buffer) ? Store(buffer: store.buffer, at: store.at, value: .cast(store.value, .bf16)) : store
      }
      graph.invocations[i].body = body
    }
  }
}

extension KernelGraph {
  /// Elements from which on what an epilogue reads counts as an activation.
  private static let large = 1 << 14

  /// The storages that the rule of `precision` makes bf16.
  fileprivate var roundable: Set<Int> {
    var wanted: Set<Int> = []
    var refused = kept
    for invocation in invocations {
      guard case .contraction(let contraction) = invocation.body else {
        if case .library = invocation.body { refused.formUnion(invocation.body.factors) }
        continue
      }
      let pairing = contraction.pairing(in: self)
      switch contraction.role {
      case .product: refused.formUnion([contraction.left.buffer, contraction.right.buffer])
      case .convolutionForward, .convolutionToData:
        wanted.formUnion(contraction.stores.filter { !contraction.isRowSum($0) }.map(\.buffer))
        wanted.formUnion(contraction.stores.flatMap(\.loads).map(\.buffer).filter { storages[$0].type.count >= KernelGraph.large })
        if pairing == .innermost { wanted.insert(contraction.left.buffer) } else { refused.insert(contraction.left.buffer) }
        refused.insert(contraction.right.buffer)
      case .convolutionToWeights:
        let operands = [contraction.left.buffer, contraction.right.buffer]
        if pairing == .outermost { wanted.formUnion(operands) } else { refused.formUnion(operands) }
        refused.formUnion(contraction.stores.map(\.buffer))
      }
    }
    return wanted.subtracting(refused).filter { storages[$0].origin == .intermediate && storages[$0].type.element == .f32 }
  }
}

extension Contraction {
  /// Which reduction a convolution takes two steps of at once.
  enum Pairing: Hashable {
    /// The innermost one, whose neighbours are neighbours in the left operand: channels.
    case innermost
    /// The outermost one, over both operands' outermost dimension: images or pixels.
    case outermost
  }

  /// How the convolution takes pairs; `nil` where its sizes are odd, or it is none.
  func pairing(in graph: KernelGraph) -> Pairing? {
    switch role {
    case .product: return nil
    case .convolutionForward, .convolutionToData:
      guard let inner = reductions.last, inner.inside.isEmpty, inner.axis.extent % 2 == 0, left.at.coefficient(of: inner.axis) == 1,
        left.at.constant % 2 == 0
      else { return nil }
      let others = outer + [row] + reductions.dropLast().map(\.axis)
      return others.allSatisfy { (left.at.coefficient(of: $0) ?? 1) % 2 == 0 } ? .innermost : nil
    case .convolutionToWeights:
      guard let first = reductions.first, first.inside.isEmpty, first.axis.extent % 2 == 0 else { return nil }
      let isOutermost = [left, right].allSatisfy { operand in
        operand.at.coefficient(of: first.axis).map { $0 > 0 && $0 * first.axis.extent == graph.storages[operand.buffer].type.count } ?? false
      }
      return isOutermost ? .outermost : nil
    }
  }
}
