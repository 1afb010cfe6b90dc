import Graph
import Loops
import Support
import Tensors

/// The products of a matrix's rows with those of another, of which a block after the other can be made and used.
package struct BlockProduct: Operation {
  /// Which of the three it makes of the other two.
  package enum Result: String, Hashable, Sendable, Codable {
    case table
    case toRows = "to_rows"
    case toColumns = "to_columns"
  }

  package static let mnemonic = "block_product"
  package static let documentation = OperationDocumentation(
    "The products of each of N rows with each of the rows of K blocks, or of such a table with one of the two.",
    shapes: "table: [N, E], [K, M, E] → [K, N, M]; to_rows: [K, N, M], [K, M, E] → [N, E]; to_columns: [K, N, M], [N, E] → [K, M, E]",
    details:
      "With rows r, columns c and their table t, `table` is t[k, n, m] = Σ r[n, e] · c[k, m, e] over e; `to_rows` is r[n, e] = Σ t[k, n, m] · c[k, m, e] over k and m, "
      + "and `to_columns` is c[k, m, e] = Σ t[k, n, m] · r[n, e] over n: its gradients. A table that is too large to keep is made, used and forgotten block by block."
  )
  package static var examples: [OperationExample] {
    [(1, 7, 4, 18), (3, 5, 2, 6)].flatMap { blocks, rows, size, width in
      let (left, right, table) = ([rows, width], [blocks, size, width], [blocks, rows, size])
      return [(Result.table, left, right), (.toRows, table, right), (.toColumns, table, left)].map { result, first, second in
        OperationExample(BlockProduct(result), [TensorType(valid: .f32, first), TensorType(valid: .f32, second)])
      }
    }
  }

  package let result: Result

  package init(_ result: Result) { self.result = result }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    let (first, second) = (operands[0], operands[1])
    try requireFloating(first)
    try requireRank(first, result == .table ? 2 : 3)
    try requireRank(second, result == .toColumns ? 2 : 3)
    guard first.element == second.element else { throw Diagnostic("element types differ: \(first) and \(second)") }
    let fits =
      switch result {
      case .table: first.shape[1] == second.shape[2]
      case .toRows: first.shape[0] == second.shape[0] && first.shape[2] == second.shape[1]
      case .toColumns: first.shape[1] == second.shape[0]
      }
    guard fits else { throw Diagnostic("the operands' shapes don't fit '\(result.rawValue)': \(first) and \(second)") }
    let sizes = Sizes(result, operands.map(\.shape))
    return [try TensorType(first.element, sizes.shape(of: result))]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let (first, second) = (context.operands[0], context.operands[1])
    func product(_ result: Result, _ a: ValueID, _ b: ValueID) throws -> ValueID { try context.graph.one(BlockProduct(result), a, b) }
    return switch result {
    case .table: [try product(.toRows, seed, second), try product(.toColumns, seed, first)]
    case .toRows: [try product(.table, seed, second), try product(.toColumns, first, seed)]
    case .toColumns: [try product(.table, second, seed), try product(.toRows, first, seed)]
    }
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let sizes = Sizes(result, operands.map(\.shape))
    let (first, second) = (operands[0].elements, operands[1].elements)
    var made = Tensor(sizes.shape(of: result), repeating: 0)
    Tensor.forEachIndex(of: [sizes.blocks, sizes.rows, sizes.size, sizes.width]) { at in
      let (row, column) = (at[1] * sizes.width + at[3], (at[0] * sizes.size + at[2]) * sizes.width + at[3])
      let place = (at[0] * sizes.rows + at[1]) * sizes.size + at[2]
      switch result {
      case .table: made.elements[place] += first[row] * second[column]
      case .toRows: made.elements[row] += first[place] * second[column]
      case .toColumns: made.elements[column] += first[place] * second[row]
      }
    }
    return [made]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    let sizes = Sizes(result, operands.map(\.shape))
    return .contraction { [result] supply in
      let (block, row, member, element) = (supply(sizes.blocks), supply(sizes.rows), supply(sizes.size), supply(sizes.width))
      let rows = Index(row) * sizes.width + Index(element)
      let columns = (Index(block) * sizes.size + Index(member)) * sizes.width + Index(element)
      let table = (Index(block) * sizes.rows + Index(row)) * sizes.size + Index(member)
      let blocks = [block].filter { $0.extent > 1 }
      func contraction(over outer: [Axis], _ row: Axis, _ column: Axis, _ sums: [Axis], _ left: Index, _ right: Index, _ output: Index) -> Contraction
      {
        var contraction = Contraction(
          role: .product, outer: outer, row: row, column: column, reductions: sums.map { .init($0) }, left: .init(buffer: 0, at: left),
          right: .init(buffer: 1, at: right), output: output)
        contraction.rowGroups = outer.count
        return contraction
      }
      return switch result {
      case .table: contraction(over: blocks, row, member, [element], rows, columns, table)
      case .toRows: contraction(over: [], row, element, blocks + [member], table, columns, rows)
      case .toColumns: contraction(over: blocks, member, element, [row], table, rows, columns)
      }
    }
  }

  /// The extents that the operands have.
  private struct Sizes {
    let (blocks, rows, size, width): (Int, Int, Int, Int)

    init(_ result: Result, _ operands: [[Int]]) {
      let (first, second) = (operands[0], operands[1])
      (blocks, rows, size, width) =
        switch result {
        case .table: (second[0], first[0], second[1], first[1])
        case .toRows: (first[0], first[1], first[2], second[2])
        case .toColumns: (first[0], first[1], first[2], second[1])
        }
    }

    func shape(of result: Result) -> [Int] {
      switch result {
      case .table: [blocks, rows, size]
      case .toRows: [rows, width]
      case .toColumns: [blocks, size, width]
      }
    }
  }
}
