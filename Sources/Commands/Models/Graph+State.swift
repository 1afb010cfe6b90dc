import Graph
import Operations
import Runtime
import Tensors

extension Graph {
  /// The types of the parameters and other state, by name.
  var stateTypes: [String: TensorType] {
    nodes.reduce(into: [:]) { types, node in
      if let parameter = node.operation as? Parameter { types[parameter.name] = parameter.type }
      if let state = node.operation as? State { types[state.name] = state.type }
    }
  }

  /// The names of the parameters.
  var parameterNames: Set<String> { Set(nodes.compactMap { ($0.operation as? Parameter)?.name }) }

  /// The types of the inputs, by name.
  var inputTypes: [String: TensorType] {
    nodes.reduce(into: [:]) { types, node in
      if let input = node.operation as? Input { types[input.name] = input.type }
    }
  }

  /// What all state holds before the first step under `seed`.
  func initialState(seed: UInt32) -> [String: Tensor] {
    func tensor(_ type: TensorType, _ initial: InitialValue, _ name: String) -> Tensor {
      Tensor(type.shape, initial.elements(type.shape, name: name, seed: seed).map { Double($0) })
    }
    return nodes.reduce(into: [:]) { values, node in
      if let parameter = node.operation as? Parameter { values[parameter.name] = tensor(parameter.type, parameter.initial, parameter.name) }
      if let state = node.operation as? State { values[state.name] = tensor(state.type, state.initial, state.name) }
    }
  }
}
