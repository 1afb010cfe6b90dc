import Graph
import Operations
import Support
import Tensors

extension Graph {
  /// Checks what no single operation's type rule can see.
  ///
  /// - Errors: an assignment to state that the graph doesn't hold, with another type, or twice; state of one name and two types; an element type without kernels.
  func requireCompilable() throws {
    var state: [String: TensorType] = [:]
    for node in nodes {
      if let bad = (node.results + node.operands.map(type)).first(where: { $0.element == .bf16 }),
        !(node.operation is Cast || node.operation is Input || node.operation is Reshape)
      {
        throw Diagnostic(
          "'\(node.mnemonic)' has no kernel for \(bad)", at: node.position,
          hint: "bf16 is for keeping numbers: 'cast' to f32 and back; '--precision bf16' keeps activations so by itself")
      }
      guard let (name, type) = node.operation.namedState else { continue }
      if let other = state.updateValue(type, forKey: name), other != type {
        throw Diagnostic("the state '\(name)' is \(other) in one place and \(type) in another", at: node.position)
      }
    }
    var assigned: Set<String> = []
    for node in nodes {
      guard let assign = node.operation as? Assign, let operand = node.operands.first else { continue }
      guard let held = state[assign.name] else {
        throw Diagnostic(
          "there is no state '\(assign.name)' to assign to", at: node.position,
          hint: nearest(to: assign.name, in: state.keys.sorted()).map { "did you mean '\($0)'?" } ?? "declare it with 'state' or 'parameter'")
      }
      guard held == type(of: operand) else {
        throw Diagnostic("the state '\(assign.name)' is \(held), and is assigned \(type(of: operand))", at: node.position)
      }
      guard assigned.insert(assign.name).inserted else { throw Diagnostic("the state '\(assign.name)' is assigned twice", at: node.position) }
    }
  }
}

extension Operation {
  /// The state tensor that the operation reads, with its type.
  fileprivate var namedState: (name: String, type: TensorType)? {
    switch self {
    case let parameter as Parameter: (parameter.name, parameter.type)
    case let state as State: (state.name, state.type)
    default: nil
    }
  }
}
