import Graph
import Loops
import Support
import Tensors

/// Turns the elements into another type.
package struct Cast: Operation {
  package static let mnemonic = "cast"
  package static let documentation = OperationDocumentation(
    "The elements as elements of the type `to`.", shapes: "[…] → to[the same]",
    details:
      "A floating number becomes whole by rounding towards zero; beyond an i32's range it becomes the nearest i32, and what is no number 0. To bf16 it is rounded to the nearest, ties to even. "
      + "A number is true unless it is 0. The gradient is cast back between floating types; whole numbers and truth values have none.")
  package static var examples: [OperationExample] {
    let pairs: [(ElementType, ElementType)] = [(.f32, .i32), (.i32, .f32), (.f32, .bool), (.bool, .f32), (.i32, .bool), (.bool, .i32), (.f32, .f32)]
    return pairs.map { from, to in OperationExample(Cast(to: to), [TensorType(valid: from, [3, 7])]) }
  }

  package let to: ElementType

  package init(to: ElementType) { self.to = to }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 1)
    return [operands[0].with(to)]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    let from = context.graph.type(of: context.operands[0]).element
    guard let seed = context.seeds[0], from.isFloating, to.isFloating else { return [nil] }
    return [try context.graph.cast(seed, to: from)]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    switch to {
    case .f32: operands
    case .bf16: [operands[0].map(ElementType.roundedToBF16)]
    case .i32: [operands[0].map { $0.isNaN ? 0 : min(max($0.rounded(.towardZero), Double(Int32.min)), Double(Int32.max)) }]
    case .bool: [operands[0].map { $0 != 0 ? 1 : 0 }]
    }
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [to] at, _ in
      var element = Scalar.load(buffer: 0, at: .position(of: at, in: results[0].shape), operands[0].element)
      if to == element.type { return [element] }
      // Kernels go from bf16 to anything, and from anything to bf16, by way of f32.
      if element.type == .bf16 || to == .bf16 { element = .cast(element, .f32) }
      if to == element.type { return [element] }
      return [to == .bool ? .compare(.unequal, element, .constant(0, element.type)) : .cast(element, to)]
    }
  }
}
