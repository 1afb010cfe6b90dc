import Support
import Tensors

/// Checks the number of operands.
func require(_ operands: [TensorType], count: Int) throws {
  guard operands.count == count else { throw Diagnostic("takes \(count) operand\(count == 1 ? "" : "s"), and got \(operands.count)") }
}

/// Checks that `type` has floating elements.
func requireFloating(_ type: TensorType) throws {
  guard type.element.isFloating else { throw Diagnostic("needs floating numbers, and got \(type)") }
}

/// Checks that `type` has `rank` dimensions.
func requireRank(_ type: TensorType, _ rank: Int, _ what: String = "operand") throws {
  guard type.rank == rank else { throw Diagnostic("needs \(rank) dimensions of its \(what), and got \(type)") }
}

/// Checks that `axis` is a dimension of `type`.
func requireAxis(_ axis: Int, of type: TensorType) throws {
  guard (0..<type.rank).contains(axis) else { throw Diagnostic("axis \(axis) is not a dimension of \(type)") }
}
