import Support
import Tensors

/// The operations that a textual graph may name.
package struct OperationNames: Sendable {
  private let types: [String: any Operation.Type]

  package init(_ operations: [any Operation.Type]) {
    types = Dictionary(uniqueKeysWithValues: operations.map { ($0.mnemonic, $0) })
  }

  package subscript(mnemonic: String) -> (any Operation.Type)? { types[mnemonic] }
  package var all: [String] { types.keys.sorted() }
}

extension Graph {
  /// Reads a graph in the textual IR.
  ///
  /// - Errors: a mistake in the text, with line, column and caret; types that the operations don't infer.
  package init(parsing text: String, file: String = "graph.vir", operations: OperationNames) throws {
    var parser = GraphParser(lexer: Lexer(text, file: file), operations: operations)
    self = try parser.graph()
    guard parser.lexer.isAtEnd else { throw parser.lexer.error("expected the end of the text after the graph") }
  }
}

/// Reads the textual IR by recursive descent.
struct GraphParser {
  var lexer: Lexer
  let operations: OperationNames
  private var values: [String: ValueID] = [:]

  init(lexer: Lexer, operations: OperationNames) {
    self.lexer = lexer
    self.operations = operations
  }

  /// Takes `graph @name(inputs) { … }`.
  mutating func graph() throws -> Graph {
    try lexer.expect(word: "graph")
    try lexer.expect("@")
    var graph = Graph(name: try lexer.name("the graph's name"))
    try lexer.expect("(")
    while !lexer.take(")") {
      if !values.isEmpty { try lexer.expect(",") }
      try input(&graph)
    }
    try lexer.expect("{")
    while lexer.next != UInt8(ascii: "}"), !lexer.isNext(word: "return") { try node(&graph) }
    if lexer.isNext(word: "return") {
      try lexer.expect(word: "return")
      repeat { try output(&graph) } while lexer.take(",")
    }
    try lexer.expect("}")
    return graph
  }

  private mutating func input(_ graph: inout Graph) throws {
    let start = lexer.position
    try lexer.expect("%")
    let name = try lexer.name("an input's name")
    try lexer.expect(":")
    let type = try tensorType()
    let results = try append(Graph.inputMnemonic, ["name": .string(name)], [], [type], to: &graph, at: start)
    try define(name, as: results[0], at: start)
  }

  private mutating func output(_ graph: inout Graph) throws {
    let start = lexer.position
    var name: String?
    if lexer.next != UInt8(ascii: "%") {
      name = try lexer.name("an output's name")
      try lexer.expect("=")
    }
    let operandStart = lexer.position
    try lexer.expect("%")
    let operand = try lexer.name("a value's name")
    // `return %x` is short for `return x = %x`.
    let output = name ?? operand
    guard graph.output(named: output) == nil else { throw lexer.error("the output '\(output)' stands there twice", at: start) }
    graph.setOutput(output, try value(operand, at: operandStart))
  }

  private mutating func node(_ graph: inout Graph) throws {
    let start = lexer.position
    var names: [(String, Int)] = []
    if lexer.next == UInt8(ascii: "%") {
      repeat {
        let place = lexer.position
        try lexer.expect("%")
        names.append((try lexer.name("a value's name"), place))
      } while lexer.take(",")
      try lexer.expect("=")
    }
    let operationStart = lexer.position
    let mnemonic = try lexer.name("an operation")
    if lexer.next == UInt8(ascii: "=") {
      throw lexer.error("a value's name begins with '%'", at: operationStart, hint: "write '%\(mnemonic) = …'")
    }
    if lexer.next == UInt8(ascii: "(") {
      throw lexer.error("operands stand without parentheses", hint: "such as '\(mnemonic) %x, %y : f32[2, 3]'")
    }
    var attributes: [String: AttributeText.Tree] = [:]
    if lexer.next == UInt8(ascii: "\"") { attributes["name"] = .string(try lexer.quoted()) }
    var operands: [ValueID] = []
    while lexer.next == UInt8(ascii: "%") {
      operands.append(try operand())
      guard lexer.take(",") else { break }
    }
    if lexer.next == UInt8(ascii: "{") { attributes.merge(try AttributeText.parseRecord(&lexer)) { _, given in given } }
    var types: [TensorType] = []
    if lexer.take(":") {
      repeat { types.append(try tensorType()) } while lexer.take(",")
    }
    var position = lexer.place(of: start).0
    if lexer.isNext(word: "at") {
      try lexer.expect(word: "at")
      let file = try lexer.quoted()
      try lexer.expect(":")
      let line = try lexer.wholeNumber()
      try lexer.expect(":")
      position = SourcePosition(file: file, line: line, column: try lexer.wholeNumber())
    }
    let results = try append(mnemonic, attributes, operands, types, to: &graph, at: operationStart, position: position)
    guard names.count == results.count else {
      throw lexer.error("'\(mnemonic)' has \(results.count) results, and \(names.count) are named", at: start)
    }
    for ((name, place), value) in zip(names, results) { try define(name, as: value, at: place) }
  }

  /// Appends the operation and checks that it infers `types`.
  private mutating func append(
    _ mnemonic: String, _ attributes: [String: AttributeText.Tree], _ operands: [ValueID], _ types: [TensorType], to graph: inout Graph,
    at start: Int,
    position: SourcePosition? = nil
  ) throws -> [ValueID] {
    guard let type = operations[mnemonic] else {
      throw lexer.error(
        "no operation is called '\(mnemonic)'", at: start, hint: nearest(to: mnemonic, in: operations.all).map { "did you mean '\($0)'?" })
    }
    do {
      let operation = try GraphParser.decode(type, attributes, types)
      let results = try graph.append(operation, operands, at: position ?? lexer.place(of: start).0)
      let inferred = results.map(graph.type)
      guard inferred == types else {
        let (said, made) = (types.map(\.description).joined(separator: ", "), inferred.map(\.description).joined(separator: ", "))
        throw Diagnostic(
          "'\(mnemonic)' makes \(made.nonEmpty ?? "nothing"), and the text says \(said.nonEmpty ?? "nothing")",
          hint: said.isEmpty ? "write ': \(made)' behind it" : nil)
      }
      return results
    } catch let problem as Diagnostic {
      throw lexer.error(problem.message, at: start, hint: problem.hint)
    }
  }

  /// Makes the operation; one whose result type is an attribute takes it from the types that were written.
  private static func decode<O: Operation>(_ type: O.Type, _ attributes: [String: AttributeText.Tree], _ types: [TensorType]) throws -> any Operation
  {
    do {
      var attributes = attributes
      if let only = types.first, types.count == 1, typedByText.contains(O.mnemonic) { attributes["type"] = .string(only.description) }
      return try AttributeText.decode(type, from: .record(attributes), examples: O.examples.map { AttributeText.tree(of: $0.operation) })
    } catch let problem as Diagnostic {
      throw Diagnostic("'\(O.mnemonic)' \(problem.message)", hint: problem.hint)
    }
  }

  /// The operations whose attribute `type` is the type of their result.
  private static let typedByText: Set<String> = ["input", "parameter", "state", "constant", "random", "iota"]

  private mutating func operand() throws -> ValueID {
    let start = lexer.position
    try lexer.expect("%")
    return try value(try lexer.name("a value's name"), at: start)
  }

  private func value(_ name: String, at offset: Int) throws -> ValueID {
    guard let value = values[name] else {
      throw lexer.error(
        "no value is called '%\(name)'", at: offset, hint: nearest(to: name, in: values.keys.sorted()).map { "did you mean '%\($0)'?" })
    }
    return value
  }

  private mutating func define(_ name: String, as value: ValueID, at offset: Int) throws {
    guard values.updateValue(value, forKey: name) == nil else { throw lexer.error("the value '%\(name)' is defined twice", at: offset) }
  }

  /// Takes `f32[2, 3]`.
  mutating func tensorType() throws -> TensorType {
    let start = lexer.position
    let word = try lexer.name("a type")
    guard let element = ElementType(rawValue: word) else {
      throw lexer.error(
        "no element type is called '\(word)'", at: start, hint: "there are \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    var shape: [Int] = []
    try lexer.expect("[")
    while !lexer.take("]") {
      if !shape.isEmpty { try lexer.expect(",") }
      shape.append(try lexer.wholeNumber())
    }
    do {
      return try TensorType(element, shape)
    } catch let problem as Diagnostic {
      throw lexer.error(problem.message, at: start)
    }
  }
}
