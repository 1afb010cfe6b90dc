import Graph
import Loops
import Support
import Tensors

/// A matrix product of the last two dimensions, for each index of the leading ones.
package struct Product: Operation {
  package static let mnemonic = "product"
  package static let documentation = OperationDocumentation(
    "The matrix product of the last two dimensions, for each index of the leading ones.",
    shapes: "[…, M, K], [the same…, K, N] → [the same…, M, N]",
    details:
      "With `transpose_left` the left operand is held as […, K, M], with `transpose_right` the right one as […, N, K]. Sums are accumulated in f32.")
  package static var examples: [OperationExample] {
    let transposes = [(false, false), (true, false), (false, true), (true, true)]
    return transposes.flatMap { left, right in
      [([], 5, 7, 18), ([3], 4, 6, 5), ([2, 3], 1, 9, 35)].map { (leading: [Int], m: Int, k: Int, n: Int) in
        OperationExample(
          Product(transposeLeft: left, transposeRight: right),
          [
            TensorType(valid: .f32, leading + (left ? [k, m] : [m, k])),
            TensorType(valid: .f32, leading + (right ? [n, k] : [k, n])),
          ])
      }
    }
  }

  package let transposeLeft: Bool
  package let transposeRight: Bool

  private enum CodingKeys: String, CodingKey {
    case transposeLeft = "transpose_left"
    case transposeRight = "transpose_right"
  }

  package init(transposeLeft: Bool = false, transposeRight: Bool = false) {
    self.transposeLeft = transposeLeft
    self.transposeRight = transposeRight
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    let (left, right) = (operands[0], operands[1])
    try requireFloating(left)
    guard left.element == right.element else { throw Diagnostic("element types differ: \(left) and \(right)") }
    guard left.rank >= 2, left.rank == right.rank else { throw Diagnostic("needs two operands of one rank, 2 or more, and got \(left) and \(right)") }
    guard left.shape.dropLast(2) == right.shape.dropLast(2) else { throw Diagnostic("leading dimensions differ: \(left) and \(right)") }
    let size = size(left, right)
    let inner = transposeRight ? right.shape[right.rank - 1] : right.shape[right.rank - 2]
    guard size.inner == inner else {
      throw Diagnostic(
        "inner sizes differ: \(size.inner) and \(inner), of \(left) and \(right)", hint: "is 'transpose_left' or 'transpose_right' missing?")
    }
    return [try TensorType(left.element, left.shape.dropLast(2) + [size.rows, size.columns])]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let (a, b) = (context.operands[0], context.operands[1])
    return [
      transposeLeft
        ? try context.graph.product(b, seed, transposeLeft: transposeRight, transposeRight: true)
        : try context.graph.product(seed, b, transposeRight: !transposeRight),
      transposeRight
        ? try context.graph.product(seed, a, transposeLeft: true, transposeRight: transposeLeft)
        : try context.graph.product(a, seed, transposeLeft: !transposeLeft),
    ]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let types = operands.map { TensorType(valid: .f32, $0.shape) }
    let (batch, rows, inner, columns) = size(types[0], types[1])
    let (left, right) = (operands[0].elements, operands[1].elements)
    let (leftRow, leftInner) = transposeLeft ? (1, rows) : (inner, 1)
    let (rightInner, rightColumn) = transposeRight ? (1, inner) : (columns, 1)
    var result = [Double](repeating: 0, count: batch * rows * columns)
    for b in 0..<batch {
      for i in 0..<rows {
        let out = (b * rows + i) * columns
        for k in 0..<inner {
          let x = left[b * rows * inner + i * leftRow + k * leftInner]
          let start = b * inner * columns + k * rightInner
          for j in 0..<columns { result[out + j] += x * right[start + j * rightColumn] }
        }
      }
    }
    return [Tensor(operands[0].shape.dropLast(2) + [rows, columns], result)]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    let (batches, rows, inner, columns) = size(operands[0], operands[1])
    return .contraction { [transposeLeft, transposeRight] supply in
      let (batch, row, column, k) = (supply(batches), supply(rows), supply(columns), supply(inner))
      let (b, i, j, r) = (Index(batch), Index(row), Index(column), Index(k))
      return Contraction(
        role: .product, outer: batches > 1 ? [batch] : [], row: row, column: column, reductions: [.init(k)],
        left: .init(buffer: 0, at: b * (rows * inner) + (transposeLeft ? r * rows + i : i * inner + r)),
        right: .init(buffer: 1, at: b * (inner * columns) + (transposeRight ? j * inner + r : r * columns + j)),
        output: b * (rows * columns) + i * columns + j)
    }
  }

  /// The sizes of the product of operands that fit.
  private func size(_ left: TensorType, _ right: TensorType) -> (batch: Int, rows: Int, inner: Int, columns: Int) {
    let (m, k) = (left.shape[left.rank - 2], left.shape[left.rank - 1])
    let n = transposeRight ? right.shape[right.rank - 2] : right.shape[right.rank - 1]
    return (left.shape.dropLast(2).reduce(1, *), transposeLeft ? k : m, transposeLeft ? m : k, n)
  }
}

extension Contraction {
  /// The contraction whose one store puts the sum itself at `output` of buffer 2.
  init(
    role: Role, outer: [Axis], row: Axis, column: Axis, reductions: [Reduction], left: Operand, right: Operand, exists: [Bounds] = [], output: Index
  ) {
    self.init(
      role: role, outer: outer, row: row, column: column, reductions: reductions, left: left, right: right, exists: exists, output: output,
      stores: [Store(buffer: 2, at: output, value: .accumulator)])
  }
}
