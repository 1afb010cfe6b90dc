import Loops
import Tensors

extension KernelPass {
  /// Lets gradients to weights be summed in parts, each over some of the images or pixels, and added up by what reads them.
  ///
  /// All tiles of such a sum read all of both operands, and each of a step's words is of another row. When threads divide the tiles, each one reads most of both; when they divide the sum,
  /// each reads its part alone. The parts depend on the shapes only, and are added in their order.
  /// What else is made of the sums is made with their total.
  /// - Ensures: tensors of partial sums are small beside the operands.
  package static let sumParts = KernelPass("sum-parts") { graph, options in
    guard options.sumsHaveParts else { return }
    for i in graph.invocations.indices.reversed() { graph.divideSum(of: i, options.precision) }
  }
}

extension KernelGraph {
  /// Whether a sum has parts.
  package var hasParts: Bool {
    invocations.contains { if case .contraction(let contraction) = $0.body { contraction.part != nil } else { false } }
  }

  /// How many parts a sum may have.
  private static let numbersOfParts = [2, 4, 8, 16]
  /// Steps of a part, at least.
  private static let fewestSteps = 512
  /// Iterations of the outermost reduction in a part, at least, where pairs of them may become words: as many as matrix registers take at once.
  private static let fewestPaired = 32

  /// Divides the sum of contraction `i` into the most parts whose results together are at most an eighth of its operands.
  fileprivate mutating func divideSum(of i: Int, _ precision: Precision) {
    guard invocations[i].stream == nil, case .contraction(let whole) = invocations[i].body, whole.isSummedAcross else { return }
    let operands = [whole.left, whole.right].map { storages[$0.buffer].type.count }
    let results = whole.output.range.upperBound + 1
    let steps = whole.reductions.dropFirst().reduce(1) { $0 * $1.axis.extent }
    let iterations = max((KernelGraph.fewestSteps - 1) / steps + 1, precision == .bf16 ? KernelGraph.fewestPaired : 1)
    let most = min(operands.reduce(0, +) / (8 * results), whole.reductions[0].axis.extent / iterations)
    guard let parts = KernelGraph.numbersOfParts.last(where: { $0 <= most }) else { return }
    let part = axes(parts)
    let partial = makeStorage(TensorType(valid: .f32, [parts, results])).index
    var divided = whole
    divided.part = part
    divided.output = whole.output + Index(part) * results
    divided.stores = [Store(buffer: partial, at: divided.output, value: .accumulator)]
    let old = whole.outer + [whole.row, whole.column]
    let new = old.map { axes($0.extent) }
    let placed = whole.substituting { axis in old.firstIndex(of: axis).map { Index(new[$0]) } }
    let values = (0..<parts).map { Scalar.load(buffer: partial, at: placed.output + $0 * results, .f32) }
    let sum = values.dropFirst().reduce(values[0], +)
    var total = LoopNest(
      axes: new, stores: placed.stores.map { Store(buffer: $0.buffer, at: $0.at, value: $0.value.replacing(.accumulator, by: sum)) })
    total.normalizeAxes(&axes)
    invocations[i].body = .contraction(divided)
    invocations.insert(Invocation(body: .loops(total), label: "total", position: invocations[i].position), at: i + 1)
  }
}

extension Contraction {
  /// Whether it sums over rows that lie apart in both operands, all of which its tiles read, and in sweeps, which keep to a part.
  fileprivate var isSummedAcross: Bool {
    guard isSwept, exists.isEmpty, stores.allSatisfy({ !isRowSum($0) && !$0.value.reduces }) else { return false }
    return left.at.coefficient(of: row) == 1 && right.at.coefficient(of: column) == 1
      && !outer.contains { left.at.mentions($0) && right.at.mentions($0) }
  }
}
