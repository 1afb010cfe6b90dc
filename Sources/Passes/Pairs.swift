import Loops
import Tensors

/// A convolution whose operands are words of two bf16 numbers, and the kernels that make the words.
///
/// A step of the sum multiplies two pairs. Forward and to data, channels lie in pairs as they are, and weights are packed so; to weights, both operands are copied with two images,
/// or two pixels, side by side.
struct PairedContraction {
  private(set) var contraction: Contraction
  /// The kernels that run before, with the storage that each writes.
  private(set) var makers: [(body: Kernel.Body, storage: Int)] = []

  /// The paired form of `contraction`; `nil` where its images are not bf16 or it can't take pairs.
  init?(_ contraction: Contraction, _ graph: inout KernelGraph) {
    self.contraction = contraction
    func isHalf(_ operand: Contraction.Operand) -> Bool { graph.storages[operand.buffer].type.element == .bf16 }
    switch contraction.pairing(in: graph) {
    case .innermost where isHalf(contraction.left): pairChannels(&graph)
    case .outermost where isHalf(contraction.left) || isHalf(contraction.right): pairImages(&graph)
    default: return nil
    }
    self.contraction.isPaired = true
  }

  /// Reads the left operand's channels two at a time, and makes words of the weights along them.
  private mutating func pairChannels(_ graph: inout KernelGraph) {
    let inner = contraction.reductions[contraction.reductions.count - 1].axis
    let half = graph.axes(inner.extent / 2)
    contraction.reductions[contraction.reductions.count - 1].axis = half
    contraction.left.at = contraction.left.at.substituting { $0 == inner ? Index(half) * 2 : nil }.divided(by: 2)
    let right = contraction.right
    let count = graph.storages[right.buffer].type.count
    if right.at.coefficient(of: inner) == 1, right.at.coefficient(of: contraction.column) != 1 {
      // Neighbours in memory: the operand as it lies, in words.
      let word = graph.axes(count / 2)
      let storage = graph.makeStorage(TensorType(valid: .i32, [count / 2]))
      let value = Scalar.pair(graph.half(right.buffer, Index(word) * 2), graph.half(right.buffer, Index(word) * 2 + 1))
      makers.append((.loops(LoopNest(axes: [word], stores: [Store(buffer: storage.index, at: Index(word), value: value)])), storage.index))
      contraction.right = Contraction.Operand(
        buffer: storage.index, at: right.at.substituting { $0 == inner ? Index(half) * 2 : nil }.divided(by: 2))
    } else {
      // The packing that follows reads both numbers of a word.
      contraction.right.at = right.at.substituting { $0 == inner ? Index(half) * 2 : nil }
      pairStep = right.at.coefficient(of: inner)
    }
  }

  /// The distance of a word's second number in the right operand, where packing is still to make the words.
  private(set) var pairStep: Int?

  /// Copies both operands into words of two outermost iterations.
  private mutating func pairImages(_ graph: inout KernelGraph) {
    let first = contraction.reductions[0].axis
    let half = graph.axes(first.extent / 2)
    contraction.reductions[0].axis = half
    func words(_ operand: Contraction.Operand) -> Contraction.Operand {
      let count = graph.storages[operand.buffer].type.count
      let size = count / first.extent
      let (pair, rest) = (graph.axes(half.extent), graph.axes(size))
      let storage = graph.makeStorage(TensorType(valid: .i32, [count / 2]))
      let at = Index(pair) * (2 * size) + Index(rest)
      let value = Scalar.pair(graph.half(operand.buffer, at), graph.half(operand.buffer, at + size))
      let store = Store(buffer: storage.index, at: Index(pair) * size + Index(rest), value: value)
      makers.append((.loops(LoopNest(axes: [pair, rest], stores: [store])), storage.index))
      return Contraction.Operand(buffer: storage.index, at: operand.at.substituting { $0 == first ? Index(half) : nil })
    }
    contraction.left = words(contraction.left)
    contraction.right = words(contraction.right)
  }
}

extension KernelGraph {
  /// The element `at` of `buffer` as bf16.
  func half(_ buffer: Int, _ at: Index) -> Scalar {
    let type = storages[buffer].type.element
    let load = Scalar.load(buffer: buffer, at: at, type)
    return type == .bf16 ? load : .cast(load, .bf16)
  }
}
