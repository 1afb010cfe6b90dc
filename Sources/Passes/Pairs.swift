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
  ///
  /// - Parameter forMatrices: whether a tile is of matrix registers, which take several pairs of images of a channel one after another.
  init?(_ contraction: Contraction, _ graph: inout KernelGraph, forMatrices: Bool) {
    self.contraction = contraction
    func isHalf(_ operand: Contraction.Operand) -> Bool { graph.storages[operand.buffer].type.element == .bf16 }
    switch contraction.pairing(in: graph) {
    case .innermost where isHalf(contraction.left): pairChannels(&graph)
    case .outermost where isHalf(contraction.left) || isHalf(contraction.right):
      if !forMatrices || !gatherImages(&graph) { pairImages(&graph) }
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
      let value = graph.pair(right.buffer, Index(word) * 2, step: 1)
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
      let value = graph.pair(operand.buffer, at, step: size)
      let store = Store(buffer: storage.index, at: Index(pair) * size + Index(rest), value: value)
      makers.append((.loops(LoopNest(axes: [pair, rest], stores: [store])), storage.index))
      return Contraction.Operand(buffer: storage.index, at: operand.at.substituting { $0 == first ? Index(half) : nil })
    }
    contraction.left = words(contraction.left)
    contraction.right = words(contraction.right)
  }

  /// Copies the left operand so that several words of two outermost iterations lie side by side, which become the innermost reduction; packing makes the right one's words.
  ///
  /// - Returns: whether it could: the number of words must have a divisor that matrix registers are good for.
  private mutating func gatherImages(_ graph: inout KernelGraph) -> Bool {
    let (first, left, right) = (contraction.reductions[0].axis, contraction.left, contraction.right)
    guard let width = TileModel.matrixSteps(of: first.extent / 2), let step = right.at.coefficient(of: first) else { return false }
    let (block, word) = (graph.axes(first.extent / (2 * width)), graph.axes(width))
    contraction.reductions[0].axis = block
    contraction.reductions.append(Contraction.Reduction(word))
    let image = Index(block) * (2 * width) + Index(word) * 2
    contraction.right.at = right.at.substituting { $0 == first ? image : nil }
    pairStep = step

    let count = graph.storages[left.buffer].type.count
    let size = count / first.extent
    // Rows of vectors that are read and words that are written change places in registers; a few such rows are a unit of work.
    let columns = (1...64).last { size % (16 * $0) == 0 }.map { 16 * $0 } ?? 1
    let (outer, inner) = (graph.axes(size / columns), graph.axes(columns))
    let rest = Index(outer) * columns + Index(inner)
    let storage = graph.makeStorage(TensorType(valid: .i32, [count / 2]))
    let value = graph.pair(left.buffer, image * size + rest, step: size)
    let store = Store(buffer: storage.index, at: (Index(block) * size + rest) * width + Index(word), value: value)
    makers.append((.loops(LoopNest(axes: [block, outer, inner, word], stores: [store])), storage.index))
    contraction.left = Contraction.Operand(
      buffer: storage.index, at: left.at.substituting { $0 == first ? Index(block) : nil } * width + Index(word))
    return true
  }
}

extension KernelGraph {
  /// The elements of `buffer` at `at` and `step` on, as a word of two bf16.
  func pair(_ buffer: Int, _ at: Index, step: Int) -> Scalar { .pair(half(buffer, at), half(buffer, at + step)) }

  /// The element `at` of `buffer` as bf16.
  private func half(_ buffer: Int, _ at: Index) -> Scalar {
    let type = storages[buffer].type.element
    let load = Scalar.load(buffer: buffer, at: at, type)
    return type == .bf16 ? load : .cast(load, .bf16)
  }
}
