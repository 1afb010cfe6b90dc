import Graph
import Loops
import Operations
import Support
import Tensors

/// Makes graphs to compute with: operations of all kernel kinds on each other's results, whose values stay near 1.
struct RandomStep {
  private var draws: RandomSource
  private var graph = Graph(name: "random")
  private var values: [ValueID] = []

  /// The graph of `seed`; some of its values are outputs, the rest is there to be fused, shared or left out.
  static func make(seed: UInt32) throws -> Graph {
    var maker = RandomStep(draws: RandomSource(seed: seed))
    for _ in 0..<2 { _ = try maker.input() }
    for _ in 0..<18 { try maker.grow() }
    for i in 0..<3 {
      if let value = maker.values.suffix(8).randomElement(using: &maker.draws) { maker.graph.setOutput("y\(i)", value) }
    }
    return maker.graph
  }

  private init(draws: RandomSource) { self.draws = draws }

  private mutating func input(_ shape: [Int]? = nil) throws -> ValueID {
    let extents = (0..<Int.random(in: 1...4, using: &draws)).map { _ in Int.random(in: 1...9, using: &draws) }
    let value = try graph.one(Input(name: "x\(graph.nodes.count)", type: try TensorType(.f32, shape ?? extents)))
    values.append(value)
    return value
  }

  private mutating func any() throws -> ValueID { try values.randomElement(using: &draws) ?? input() }

  /// A value of `x`'s shape.
  private mutating func partner(of x: ValueID) throws -> ValueID {
    let fitting = values.filter { graph.type(of: $0) == graph.type(of: x) }
    if let value = fitting.randomElement(using: &draws), !draws.oneIn(4) { return value }
    return try input(graph.type(of: x).shape)
  }

  private mutating func grow() throws {
    let x = try any()
    let shape = graph.type(of: x).shape
    let axis = shape.isEmpty ? 0 : Int.random(in: 0..<shape.count, using: &draws)
    switch Int.random(in: 0..<13, using: &draws) {
    case 0: values.append(try graph.tanh(x))
    case 1: values.append(try graph.relu(x))
    case 2: values.append(try graph.scaled(try graph.add(x, try partner(of: x)), by: 0.5))
    case 3: values.append(try graph.multiply(x, try graph.tanh(try partner(of: x))))
    case 4: values.append(try graph.maximum(x, try partner(of: x)))
    case 5 where shape.count < 5 && graph.type(of: x).count < 20_000:
      let extent = Int.random(in: 1...5, using: &draws)
      values.append(try graph.broadcast(x, to: [extent] + shape, dimensions: Array(1..<shape.count + 1)))
    case 6 where !shape.isEmpty:
      values.append(try graph.scaled(try graph.reduce(.sum, x, over: [axis]), by: 1 / Double(shape[axis])))
    case 7 where !shape.isEmpty: values.append(try graph.reduce(.maximum, x, over: [axis]))
    case 8: values.append(try graph.transpose(x, Array(shape.indices).shuffled(using: &draws)))
    case 9 where !shape.isEmpty && shape[axis] > 1:
      values.append(try graph.slice(x, axis: axis, from: 1, to: shape[axis]))
    case 10:
      let low = shape.map { _ in Int.random(in: 0...2, using: &draws) }
      values.append(try graph.pad(x, low: low, high: low.reversed(), interior: shape.map { _ in 0 }))
    case 11 where shape.count >= 2:
      let products = try graph.product(x, try partner(of: x), transposeRight: true)
      values.append(try graph.scaled(products, by: 1 / Double(shape[shape.count - 1])))
    case 12 where shape.count >= 3 && shape[shape.count - 3] >= 2 && shape[shape.count - 2] >= 2:
      let channels = shape[shape.count - 1]
      let weights = try input([2, 2, channels, Int.random(in: 1...20, using: &draws)])
      let stride = Int.random(in: 1...2, using: &draws)
      values.append(try graph.scaled(try graph.convolution(x, weights, stride: [stride, stride]), by: 1 / Double(4 * channels)))
    default: values.append(try graph.exp(try graph.negate(try graph.multiply(x, x))))
    }
  }
}
