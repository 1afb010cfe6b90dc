import Graph
import Loops
import Operations
import Support
import Tensors

extension KernelGraph {
  /// Lowers every node of `graph` to a kernel of its own, or to none.
  ///
  /// - Requires: composite operations are expanded.
  package init(lowering graph: Graph) throws {
    self.init()
    var storage: [ValueID: StorageID] = [:]
    for id in graph.nodeIDs {
      let node = graph[id]
      let operands = node.operands.compactMap { storage[$0] }
      precondition(operands.count == node.operands.count, "operands are lowered first")
      let results = graph.results(of: id)
      /// Appends `nest`, whose buffers are the operands and then the results.
      func appendLoops(_ nest: LoopNest) {
        let targets = node.results.map { makeStorage($0) }
        let numbers = operands + targets
        var nest = nest
        nest.normalizeAxes(&axes)
        let body = Kernel.Body.loops(nest).renumbered { numbers[$0].index }
        invocations.append(Invocation(body: body, label: node.mnemonic, position: node.position))
        for (value, target) in zip(results, targets) { storage[value] = target }
      }
      switch node.operation.lower(node.operands.map(graph.type), to: node.results) {
      case .external:
        switch node.operation {
        case let input as Input: storage[results[0]] = makeStorage(input.type, .input(input.name))
        case let parameter as Parameter: storage[results[0]] = makeStorage(parameter.type, .state(parameter.name))
        case let state as State: storage[results[0]] = makeStorage(state.type, .state(state.name))
        case let assign as Assign: assignments.append((assign.name, operands[0]))
        default: preconditionFailure("'\(node.mnemonic)' is outside the step, and unknown")
        }
      case .alias: storage[results[0]] = operands[0]
      case .expansion: preconditionFailure("'\(node.mnemonic)' was not expanded")
      case .elements(let elements):
        let shape = node.results[0].shape
        let loops = shape.map { axes($0) }
        let values = elements(loops.map(Index.init), &axes)
        let position = Index.position(of: loops.map(Index.init), in: shape)
        let stores = values.enumerated().map { Store(buffer: operands.count + $0, at: position, value: $1) }
        appendLoops(LoopNest(axes: loops, stores: stores))
      case .loops(let make): appendLoops(make(&axes))
      case .contraction(let make):
        let target = makeStorage(node.results[0])
        let numbers = operands + [target]
        let body = Kernel.Body.contraction(make(&axes)).renumbered { numbers[$0].index }
        invocations.append(Invocation(body: body, label: node.mnemonic, position: node.position))
        storage[results[0]] = target
      }
    }
    for output in graph.outputs {
      guard let storage = storage[output.value] else { preconditionFailure("outputs are lowered") }
      outputs.append((output.name, storage, graph.type(of: output.value)))
    }
  }
}
