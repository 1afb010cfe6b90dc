import Loops
import Tensors

extension KernelPass {
  /// Cuts long reductions into blocks whose partial results are combined by a second kernel.
  ///
  /// The cut depends on the shape alone, so the result does too. Shorter chains of additions round less: a sum of n numbers in b blocks errs by n/b + b roundings at most.
  package static let longReductions = KernelPass("long-reductions") { graph, _ in
    var i = 0
    while i < graph.invocations.count {
      graph.splitReduction(of: i)
      i += 1
    }
  }
}

extension KernelGraph {
  /// Reductions of at most this length stay whole.
  private static let longest = 1024
  /// Blocks that a reduction is cut into.
  private static let blocks = 64

  fileprivate mutating func splitReduction(of i: Int) {
    guard invocations[i].stream == nil, case .loops(var nest) = invocations[i].body, nest.stores.count == 1 else { return }
    let space = nest.axes.reduce(1) { $0 * $1.extent }
    guard let (combination, loops, body) = longReduction(in: nest.stores[0].value) else { return }
    let length = loops.reduce(1) { $0 * $1.extent }
    // With so many results there is work for all threads, and rows of elements are summed in lanes.
    guard length > KernelGraph.longest, space < 4096 else { return }

    // The reduction's axes, cut: the outer part numbers the block, the inner one runs inside it.
    let flat = Index.position(of: loops.map(Index.init), in: loops.map(\.extent))
    precondition(flat.range.upperBound == length - 1)
    let count = KernelGraph.blockCount(length)
    let size = (length + count - 1) / count
    let (block, inner) = (axes(count), axes(size))
    let place = Index(block) * size + Index(inner)
    let coordinates = Index.coordinates(of: place, in: loops.map(\.extent))
    let part = body.substituting { axis in loops.firstIndex(of: axis).map { coordinates[$0] } }
    let partial = makeStorage(TensorType(valid: .f32, [count, space]))
    let position = Index.position(of: nest.axes.map(Index.init), in: nest.axes.map(\.extent))
    let guardedPart = Scalar.inside([Bounds(place, below: length)], part, combination.identity)
    var first = LoopNest(
      axes: [block] + nest.axes,
      stores: [Store(buffer: partial.index, at: Index(block) * space + position, value: .reduce(combination, over: [inner], guardedPart))])
    first.normalizeAxes(&axes)
    let again = axes(count)
    let load = Scalar.load(buffer: partial.index, at: Index(again) * space + position, .f32)
    let old = Scalar.reduce(combination, over: loops, body)
    nest.stores[0].value = nest.stores[0].value.replacing(old, by: .reduce(combination, over: [again], load))
    nest.normalizeAxes(&axes)
    var invocation = invocations[i]
    invocation.body = .loops(first)
    invocation.label = "partial " + invocation.label
    invocations[i].body = .loops(nest)
    invocations.insert(invocation, at: i)
  }

  /// The number of blocks: near `blocks`, and a divisor of the length where there is one, so that no block is partial.
  private static func blockCount(_ length: Int) -> Int {
    let wanted = max(blocks, length / 1024)
    return (wanted / 2...wanted * 2).filter { length % $0 == 0 }.min { abs($0 - wanted) < abs($1 - wanted) } ?? wanted
  }

  /// The one reduction in `scalar`, if it has one that has none inside.
  private func longReduction(in scalar: Scalar) -> (Combination, [Axis], Scalar)? {
    var found: [(Combination, [Axis], Scalar)] = []
    scalar.visit { if case .reduce(let combination, let axes, let body) = $0 { found.append((combination, axes, body)) } }
    return found.count == 1 ? found[0] : nil
  }
}

extension Scalar {
  /// The scalar with every part equal to `old` replaced by `new`.
  func replacing(_ old: Scalar, by new: Scalar) -> Scalar {
    self == old ? new : rebuilt(part: { $0.replacing(old, by: new) }, index: { $0 })
  }
}
