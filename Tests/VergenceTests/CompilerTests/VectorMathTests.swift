import Compiler
import Foundation
import Graph
import Operations
import Tensors
import Testing

/// The vector functions against the C library in double precision, over their whole range.
@Suite struct VectorMathTests {
  /// The bound that `MathLibrary` states.
  static let units = 2.0

  @Test(arguments: ["exp", "log", "tanh"]) func errorIsBelowTheStatedBound(name: String) throws {
    let count = 1 << 16
    var graph = Graph(name: name)
    let x = try graph.one(Input(name: "x", type: TensorType(.f32, [count])))
    switch name {
    case "exp": graph.setOutput("y", try graph.exp(x))
    case "log": graph.setOutput("y", try graph.log(x))
    default: graph.setOutput("y", try graph.tanh(x))
    }
    func truth(_ x: Double) -> Double {
      switch name {
      case "exp": Foundation.exp(x)
      case "log": Foundation.log(x)
      default: Foundation.tanh(x)
      }
    }
    // Every bit pattern at a fixed distance: all signs, exponents and what is not a number.
    let numbers: [Float] = (0..<count).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0 &* 65_537 &+ 12_345)) }
    let special: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 88.72, 88.73, -87.3, -103.9, -104.5, 0.624_999, 0.625_001,
    ]
    let inputs = special + numbers.dropFirst(special.count)
    let run = try CompiledGraph(graph, threads: 1).run(["x": Tensor([count], inputs.map { Double($0) })])
    let result = try #require(run["y"])
    var worst = (units: 0.0, x: Float(0))
    for (x, y) in zip(inputs, result.elements) {
      let exact = truth(Double(x))
      let rounded = Float(exact)
      if !rounded.isFinite || rounded == 0 {
        #expect(rounded.isNaN ? y.isNaN : Float(y) == rounded, "\(name)(\(x)) is \(y) instead of \(rounded)")
      } else {
        let units = abs(y - exact) / Double(rounded.ulp)
        if !(units <= worst.units) { worst = (units, x) }
      }
    }
    #expect(worst.units <= Self.units, "\(name)(\(worst.x)) errs by \(worst.units) units")
  }
}
