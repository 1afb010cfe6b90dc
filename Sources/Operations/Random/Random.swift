import Graph
import Loops
import Support
import Tensors

/// Draws numbers that the seed, the step, a name and the place of each decide.
package struct Random: Operation {
  package static let mnemonic = "random"
  package static let documentation = OperationDocumentation(
    "Uniform draws: f32 multiples of 2⁻²⁴ in [0, 1), or with `below` whole numbers in 0..<below.", shapes: "i32[] seed, i32[] step → type",
    details: "Element i, in row-major order, is the first word of Philox4x32-10 with the key (seed, FNV-1a of the name) and the counter (i, step). "
      + "Equal names draw equal numbers. The whole operands have no gradient.",
    source: "Salmon et al. 2011, 'Parallel Random Numbers: As Easy as 1, 2, 3', §3.3")
  package static var examples: [OperationExample] {
    let whole = TensorType.scalar(.i32)
    return [
      OperationExample(Random(name: "noise", type: TensorType(valid: .f32, [3, 19])), [whole, whole], integerLimit: 1_000_000),
      OperationExample(Random(name: "location", type: TensorType(valid: .i32, [2, 5]), below: 25), [whole, whole], integerLimit: 1_000_000),
    ]
  }

  package let name: String
  package let type: TensorType
  package let below: Int?

  package init(name: String, type: TensorType, below: Int? = nil) {
    self.name = name
    self.type = type
    self.below = below
  }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    guard operands == [.scalar(.i32), .scalar(.i32)] else {
      throw Diagnostic("needs a seed and a step of type i32[], and got \(operands[0]) and \(operands[1])")
    }
    if let below {
      guard type.element == .i32 else { throw Diagnostic("draws whole numbers below \(below) as i32, and \(type) was asked for") }
      guard below >= 1, Int32(exactly: below) != nil else { throw Diagnostic("can't draw whole numbers below \(below)") }
    } else {
      guard type.element == .f32 else { throw Diagnostic("draws f32, and \(type) was asked for", hint: "whole numbers need the attribute 'below'") }
    }
    return [type]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] { [nil, nil] }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (seed, step) = (try word(operands[0], "seed"), try word(operands[1], "step"))
    let draws = Philox(seed: seed, stream: name)
    let result = Tensor(type.shape) { (i: Int) in
      guard let below else { return draws.uniform(element: UInt64(i), step: UInt64(step)) }
      return Double(draws.integer(below: UInt32(below), element: UInt64(i), step: UInt64(step)))
    }
    return [result]
  }

  /// The bits of the i32 in `scalar`.
  private func word(_ scalar: Tensor, _ what: String) throws -> UInt32 {
    guard let whole = Int32(exactly: scalar.elements[0]) else { throw Diagnostic("the \(what) \(scalar.elements[0]) is not an i32") }
    return UInt32(bitPattern: whole)
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [name, type, below] at, _ in
      let word = Scalar.random(
        stream: Philox.stream(named: name), seed: .load(buffer: 0, at: Index(0), .i32), step: .load(buffer: 1, at: Index(0), .i32),
        element: .position(of: at, in: type.shape))
      return [below.map { .integer(word, below: $0) } ?? .unitInterval(word)]
    }
  }
}
