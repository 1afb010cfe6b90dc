import Graph
import Operations
import Support
import Tensors

/// Makes graphs of the catalogue's operations, with names, attributes and places of every kind.
struct RandomGraph {
  private var draws: RandomSource
  private var graph = Graph(name: "g")
  private var values: [ValueID] = []
  private var leaves = 0

  /// The graph of `seed`.
  static func make(seed: UInt32) throws -> Graph {
    var maker = RandomGraph(draws: RandomSource(seed: seed))
    return try maker.make()
  }

  private init(draws: RandomSource) { self.draws = draws }

  private mutating func make() throws -> Graph {
    graph.name = name("graph")
    let examples = Catalogue.operations.flatMap { $0.examples }
    for _ in 0..<Int.random(in: 1...25, using: &draws) {
      guard let example = examples.randomElement(using: &draws) else { continue }
      try apply(example)
    }
    if draws.oneIn(3), let value = values.randomElement(using: &draws) { try assign(value) }
    for i in 0..<Int.random(in: 0...3, using: &draws) {
      if let value = values.randomElement(using: &draws) { graph.setOutput(name("output\(i)"), value) }
    }
    return graph
  }

  /// Appends the operation of `example`, on values that are there where they fit.
  private mutating func apply(_ example: OperationExample) throws {
    let drawn = example.operands.compactMap { _ in values.randomElement(using: &draws) }
    if drawn.count == example.operands.count, let results = try? graph.append(example.operation, drawn, at: position()) {
      return values += results
    }
    var operands: [ValueID] = []
    for type in example.operands {
      let fitting = values.filter { graph.type(of: $0) == type }
      if let value = fitting.randomElement(using: &draws), !draws.oneIn(4) { operands.append(value) } else { operands.append(try leaf(type)) }
    }
    values += try graph.append(example.operation, operands, at: position())
  }

  private mutating func leaf(_ type: TensorType) throws -> ValueID {
    leaves += 1
    let operation: any Operation =
      switch Int.random(in: 0..<4, using: &draws) {
      case 0: Input(name: name("input\(leaves)"), type: type)
      case 1: Parameter(name: name("parameter\(leaves)"), type: type, initial: initial())
      case 2: State(name: name("state\(leaves)"), type: type, initial: initial())
      default: Constant(number(type.element), type)
      }
    let value = try graph.append(operation, at: position())[0]
    values.append(value)
    return value
  }

  private mutating func assign(_ value: ValueID) throws {
    let name = name("assigned")
    values += try graph.append(State(name: name, type: graph.type(of: value), initial: initial()), at: position())
    try graph.append(Assign(name: name), [value], at: position())
  }

  private mutating func initial() -> InitialValue {
    switch Int.random(in: 0..<3, using: &draws) {
    case 0: .constant(number(.f32))
    case 1: .uniform(low: number(.f32), high: number(.f32))
    default: .identity(spread: number(.f32))
    }
  }

  private mutating func number(_ type: ElementType) -> Double {
    switch type {
    case .bool: draws.oneIn(2) ? 1 : 0
    case .i32: Double(Int32.random(in: .min ... .max, using: &draws))
    case .f32, .bf16:
      [0, -0.0, 1, 1e-08, 1.0 / 3, -2.5e300, .infinity, -.infinity, .leastNonzeroMagnitude, Double.random(in: -1...1, using: &draws)]
        .randomElement(using: &draws) ?? 0
    }
  }

  /// A name that starts with `word` and may need quotation marks.
  private mutating func name(_ word: String) -> String {
    let endings = ["", "", "", ".weight", " of it", "\"quoted\"", "é", "\\n\n", "=%@", "/", "✓"]
    return word + (endings.randomElement(using: &draws) ?? "")
  }

  private mutating func position() -> SourcePosition? {
    guard !draws.oneIn(5) else { return nil }
    let file = ["AMDIM.swift", "a model.swift", "ü/\"x\".swift"].randomElement(using: &draws) ?? ""
    return SourcePosition(file: file, line: Int.random(in: 1...999, using: &draws), column: Int.random(in: 1...99, using: &draws))
  }
}
