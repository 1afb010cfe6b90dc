import Graph
import Operations
import Support
import Tensors

/// Random operands for an operation's examples, the same for the same seed.
struct ExampleOperands {
  private let draws: Philox

  init(seed: UInt32 = 1) { draws = Philox(seed: seed, stream: "example operands") }

  /// Operands of `example`: floating ones from its domain, whole ones below its limit, truth values of either kind.
  ///
  /// Floating numbers are exactly those of single precision, so that a kernel can be given the same.
  func tensors(for example: OperationExample) -> [Tensor] {
    example.operands.enumerated().map { tensor($1, number: $0, domain: example.domain, integerLimit: example.integerLimit) }
  }

  /// A tensor for each input of `graph`, by name.
  func tensors(forInputsOf graph: Graph, domain: ClosedRange<Double> = -2...2) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (number, node) in graph.nodes.enumerated() {
      if let input = node.operation as? Input { tensors[input.name] = tensor(input.type, number: number, domain: domain) }
    }
    return tensors
  }

  /// A tensor of `type`; different numbers give different ones.
  func tensor(_ type: TensorType, number: Int, domain: ClosedRange<Double> = -2...2, integerLimit: Int = 3) -> Tensor {
    Tensor(type.shape) { (i: Int) in
      let uniform = draws.uniform(element: UInt64(i), step: UInt64(number))
      switch type.element {
      case .f32, .bf16: return Double(Float(domain.lowerBound + (domain.upperBound - domain.lowerBound) * uniform))
      case .i32: return (uniform * Double(integerLimit)).rounded(.down)
      case .bool: return uniform < 0.5 ? 0 : 1
      }
    }
  }
}

/// An operation of the catalogue as a test's argument, shown by its mnemonic.
struct CatalogueEntry: Sendable, CustomStringConvertible {
  let operation: any Operation.Type

  var description: String { operation.mnemonic }

  static let all = Catalogue.operations.map(CatalogueEntry.init)
  /// The operations that have examples.
  static let withExamples = all.filter { !$0.operation.examples.isEmpty }
}

/// A graph that is one example: inputs, the operation, and its results as outputs `result0`, `result1`, ….
func exampleGraph(_ example: OperationExample) throws -> (graph: Graph, operands: [ValueID], results: [ValueID]) {
  var graph = Graph(name: "example")
  let operands = try example.operands.enumerated().map { try graph.one(Input(name: "operand\($0)", type: $1)) }
  let results = try graph.append(example.operation, operands)
  for (i, result) in results.enumerated() { graph.setOutput("result\(i)", result) }
  return (graph, operands, results)
}

/// `operation` in a form that can be compared with any other.
func erased(_ operation: any Operation) -> AnyHashable {
  func erase<O: Operation>(_ operation: O) -> AnyHashable { AnyHashable(operation) }
  return erase(operation)
}
