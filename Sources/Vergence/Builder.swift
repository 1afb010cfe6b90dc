import Graph
import Operations
import Support
import Tensors

/// What a model is built for.
public enum Mode: String, Hashable, Sendable, Codable {
  /// Batch statistics, dropout, and updates of the running statistics.
  case training
  /// Running statistics and no dropout; nothing is changed.
  case inference
}

/// The graph under construction; every value of one build holds it, and it isn't shared with another.
final class Builder {
  var graph: Graph
  let mode: Mode
  /// The types of the declared inputs.
  private(set) var inputs: [String: Value] = [:]
  /// Where each parameter and state was declared.
  private var declared: [String: SourcePosition?] = [:]
  /// How the views are drawn, once they are declared.
  var augmentation = Augmentation.none
  private var counters: (seed: ValueID, step: ValueID)?

  init(name: String, mode: Mode) {
    graph = Graph(name: name)
    self.mode = mode
  }

  /// Appends an operation with one result.
  func append(_ operation: any Operation, _ operands: ValueID..., at position: SourcePosition) throws -> Value {
    Value(builder: self, id: try graph.append(operation, operands, at: position)[0])
  }

  /// Runs `body` on the graph; what it appends stands at `position`.
  func build(at position: SourcePosition, _ body: (inout Graph) throws -> ValueID) throws -> Value {
    graph.position = position
    defer { graph.position = nil }
    return Value(builder: self, id: try body(&graph))
  }

  /// Declares the parameter `name` of the current scope.
  ///
  /// - Errors: an extent below 1; another parameter has the name.
  func parameter(_ name: String, _ shape: [Int], initial: InitialValue, at position: SourcePosition) throws -> Value {
    let name = try claim(name, at: position)
    return try append(Parameter(name: name, type: try type(.f32, shape, at: position), initial: initial), at: position)
  }

  /// Declares the state `name` of the current scope, which the optimiser leaves alone.
  func state(_ name: String, _ shape: [Int], initial: InitialValue, at position: SourcePosition) throws -> (name: String, value: Value) {
    let name = try claim(name, at: position)
    return (name, try append(State(name: name, type: try type(.f32, shape, at: position), initial: initial), at: position))
  }

  /// The input `name`, declared when it is first asked for.
  func input(_ name: String, _ element: ElementType, _ shape: [Int], at position: SourcePosition) throws -> Value {
    let type = try type(element, shape, at: position)
    if let value = inputs[name] {
      guard value.type == type else { throw Diagnostic("the input '\(name)' is asked for as \(value.type) and as \(type)", at: position) }
      return value
    }
    let value = try append(Input(name: name, type: type), at: position)
    inputs[name] = value
    return value
  }

  /// The seed and the step's number, which every random draw is a function of.
  func randomCounters(at position: SourcePosition) throws -> (seed: ValueID, step: ValueID) {
    if let counters { return counters }
    func counter(_ name: String) throws -> ValueID {
      try append(State(name: name, type: .scalar(.i32), initial: .constant(0)), at: position).id
    }
    let made = (seed: try counter("seed"), step: try counter("step"))
    counters = made
    return made
  }

  private func claim(_ name: String, at position: SourcePosition) throws -> String {
    let name = Scope.name(name)
    if let earlier = declared.updateValue(position, forKey: name) {
      throw Diagnostic(
        "the parameter '\(name)' is declared twice\(earlier.map { ", first at \($0)" } ?? "")", at: position,
        hint: "give one of the layers another name, or call it in a scope(\"…\") { } of its own")
    }
    return name
  }

  private func type(_ element: ElementType, _ shape: [Int], at position: SourcePosition) throws -> TensorType {
    do {
      return try TensorType(element, shape)
    } catch var problem as Diagnostic {
      problem.position = position
      throw problem
    }
  }
}
