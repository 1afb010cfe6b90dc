import Graph
import Operations

/// Returns `program` with the random draws called `names` made inputs of those names, so that they can be fed what another framework drew.
package func pinDraws(_ program: Program, _ names: Set<String>) throws -> Program {
  var pinned: [String: ValueID] = [:]
  var program = program
  program.graph = try program.graph.rewritten { graph, id, operands in
    guard let draw = program.graph[id].operation as? Random, names.contains(draw.name) else {
      return try graph.appendCopy(of: id, from: program.graph, on: operands)
    }
    let input = try pinned[draw.name] ?? graph.one(Input(name: draw.name, type: draw.type), at: program.graph[id].position)
    pinned[draw.name] = input
    return [input]
  }
  return program
}
