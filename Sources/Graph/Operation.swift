import Loops
import Support
import Tensors

/// An operation of the graph: all that the compiler knows of it stands in the one file that conforms to this.
///
/// Its attributes are its stored properties; their text, hash and place in a plan follow from `Codable`. There are no defaults, so that the compiler lists what is missing.
package protocol Operation: Hashable, Codable, Sendable {
  /// The name in the textual IR.
  static var mnemonic: String { get }
  /// What it computes; the operation's section of `spec/operations.md`.
  static var documentation: OperationDocumentation { get }
  /// Small uses of it, on which the laws of the catalogue run.
  static var examples: [OperationExample] { get }

  /// Returns the types of the results.
  ///
  /// - Errors: a `Diagnostic` that names the shapes that can't fit; the caller adds the operation's name and place.
  func infer(_ operands: [TensorType]) throws -> [TensorType]

  /// Returns the gradient with respect to each operand, built from other operations, `nil` where there is none.
  func pullback(_ context: inout PullbackContext) throws -> [ValueID?]

  /// Computes the results in double precision: what the operation means.
  func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor]

  /// Says how kernels compute it.
  func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering
}

/// What `spec/operations.md` says of an operation.
package struct OperationDocumentation: Hashable, Sendable {
  /// One sentence.
  package let summary: String
  /// Operand and result shapes.
  package let shapes: String
  /// The definition, where the sentence leaves something open.
  package let details: String
  /// Paper and section, or the like.
  package let source: String

  package init(_ summary: String, shapes: String, details: String = "", source: String = "") {
    self.summary = summary
    self.shapes = shapes
    self.details = details
    self.source = source
  }
}

/// A small use of an operation.
package struct OperationExample: Sendable {
  package let operation: any Operation
  package let operands: [TensorType]
  /// The range that floating operands are drawn from, so that logarithms and roots see what they are defined on.
  package let domain: ClosedRange<Double>
  /// One more than the largest whole number that an i32 operand may hold.
  package let integerLimit: Int

  package init(_ operation: any Operation, _ operands: [TensorType], domain: ClosedRange<Double> = -2...2, integerLimit: Int = 3) {
    self.operation = operation
    self.operands = operands
    self.domain = domain
    self.integerLimit = integerLimit
  }
}

/// What a gradient is built in.
package struct PullbackContext {
  /// The graph that the gradient's operations are appended to.
  package var graph: Graph
  /// The operation's operands and results in it.
  package let operands: [ValueID]
  package let results: [ValueID]
  /// The gradients of the loss with respect to the results; `nil` where the loss doesn't depend on one.
  package let seeds: [ValueID?]

  package init(graph: Graph, operands: [ValueID], results: [ValueID], seeds: [ValueID?]) {
    self.graph = graph
    self.operands = operands
    self.results = results
    self.seeds = seeds
  }
}

/// What an evaluation reads and writes beside operands and results.
package struct EvaluationEnvironment: Sendable {
  /// The graph's inputs, by name.
  package var inputs: [String: Tensor]
  /// Parameters and other state before the step, by name.
  package var state: [String: Tensor]
  /// State after the step, where it was assigned.
  package var assigned: [String: Tensor] = [:]

  package init(inputs: [String: Tensor] = [:], state: [String: Tensor] = [:]) {
    self.inputs = inputs
    self.state = state
  }
}

/// How kernels compute an operation.
package enum Lowering {
  /// It is rewritten into simpler operations: from the graph and the operands to the results.
  case expansion((inout Graph, [ValueID]) throws -> [ValueID])
  /// Every result has the first one's shape; the closure returns the element of each result at the given coordinates.
  ///
  /// Loads name operands by their number. Reductions take their axes from the supply.
  case elements((_ at: [Index], _ axes: inout AxisSupply) -> [Scalar])
  /// Loops of their own: buffers are the operands, then the results, in order.
  case loops((_ axes: inout AxisSupply) -> LoopNest)
  /// A sum of products; buffers 0 and 1 are the operands, buffer 2 the result.
  case contraction((_ axes: inout AxisSupply) -> Contraction)
  /// The result is operand 0's bytes under another type.
  case alias
  /// It names something outside the step: an input, a state tensor, an assignment.
  case external
}
