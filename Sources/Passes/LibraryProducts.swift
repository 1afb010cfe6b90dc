import Loops

extension KernelPass {
  /// Gives matrix products to OpenBLAS, when that was asked for.
  package static let libraryProducts = KernelPass("library-products") { graph, options in
    guard options.usesLibraryProducts else { return }
    for i in graph.invocations.indices where graph.invocations[i].stream == nil {
      guard case .contraction(let contraction) = graph.invocations[i].body, let product = LibraryProduct(contraction) else { continue }
      graph.invocations[i].body = .library(product)
    }
  }
}

extension LibraryProduct {
  /// The library's form of `contraction`, if it is a dense batched product with nothing done to the sums.
  init?(_ contraction: Contraction) {
    guard contraction.role == .product, contraction.outer.count <= 1, contraction.reductions.count == 1, contraction.exists.isEmpty else {
      return nil
    }
    guard contraction.stores.count == 1, contraction.stores[0].value == .accumulator else { return nil }
    let (row, column, inner) = (contraction.row, contraction.column, contraction.reductions[0].axis)
    let (m, n, k) = (row.extent, column.extent, inner.extent)
    let batch = contraction.outer.first
    func steps(_ index: Index, _ axes: (Axis, Axis)) -> (Int, Int, Int)? {
      guard let a = index.coefficient(of: axes.0), let b = index.coefficient(of: axes.1) else { return nil }
      guard let c = batch.map({ index.coefficient(of: $0) }) ?? 0 else { return nil }
      return (a, b, c)
    }
    guard let left = steps(contraction.left.at, (row, inner)), let right = steps(contraction.right.at, (inner, column)),
      let output = steps(contraction.output, (row, column)), output.0 == n || m == 1, output.1 == 1 || n == 1
    else { return nil }
    // An axis of extent 1 has no step of its own, so both orders fit it.
    func isDense(_ steps: (Int, Int, Int), _ outer: Int, _ inner: Int) -> Bool { (steps.0 == inner || outer == 1) && (steps.1 == 1 || inner == 1) }
    func isTransposed(_ steps: (Int, Int, Int), _ outer: Int, _ inner: Int) -> Bool {
      (steps.0 == 1 || outer == 1) && (steps.1 == outer || inner == 1)
    }
    let (leftDense, rightDense) = (isDense(left, m, k), isDense(right, k, n))
    guard leftDense || isTransposed(left, m, k), rightDense || isTransposed(right, k, n) else { return nil }
    if let batch, batch.extent > 1 { guard left.2 == m * k, right.2 == k * n, output.2 == m * n else { return nil } }
    self.init(
      batch: batch?.extent ?? 1, rows: m, columns: n, inner: k, transposeLeft: !leftDense, transposeRight: !rightDense, left: contraction.left.buffer,
      right: contraction.right.buffer, output: contraction.stores[0].buffer)
  }
}
