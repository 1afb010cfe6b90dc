import Graph
import Loops
import Support
import Tensors

/// Puts a vector at one location of each map.
package struct ScatterLocation: Operation {
  package static let mnemonic = "scatter_location"
  package static let documentation = OperationDocumentation(
    "Maps of `locations` locations that hold each vector at the location its index names, and zeros elsewhere.",
    shapes: "[…, E], i32[…] → […, locations, E]",
    details: "The gradient of `gather_location`. An index beyond 0..<locations means the nearest location. Only the vectors have a gradient.")
  package static var examples: [OperationExample] {
    [
      OperationExample(ScatterLocation(locations: 5), [TensorType(valid: .f32, [2, 3, 4]), TensorType(valid: .i32, [2, 3])], integerLimit: 5),
      OperationExample(ScatterLocation(locations: 3), [TensorType(valid: .f32, [19]), TensorType(valid: .i32, [])], integerLimit: 3),
    ]
  }

  package let locations: Int

  package init(locations: Int) { self.locations = locations }

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    let (vectors, index) = (operands[0], operands[1])
    guard index.element == .i32, vectors.rank >= 1, Array(vectors.shape.dropLast()) == index.shape else {
      throw Diagnostic("needs vectors […, channels] and i32[…], and got \(vectors) and \(index)")
    }
    return [try TensorType(vectors.element, index.shape + [locations, vectors.shape[vectors.rank - 1]])]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    return [try context.graph.one(GatherLocation(), seed, context.operands[1]), nil]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (vectors, index) = (operands[0], operands[1])
    let width = vectors.shape[vectors.shape.count - 1]
    var result = Tensor(index.shape + [locations, width], repeating: 0)
    for (i, element) in vectors.elements.enumerated() {
      let (image, channel) = (i / width, i % width)
      let location = Int(min(max(index.elements[image], 0), Double(locations - 1)))
      result.elements[(image * locations + location) * width + channel] = element
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { [locations] at, _ in
      let (vectors, index) = (operands[0], operands[1])
      let (image, location, channel) = (Array(at.dropLast(2)), at[at.count - 2], at[at.count - 1])
      let named = locationLoad(buffer: 1, at: .position(of: image, in: index.shape), below: locations)
      let vector = Scalar.load(buffer: 0, at: .position(of: image + [channel], in: vectors.shape), vectors.element)
      return [.select(.compare(.equal, .index(location), named), vector, .constant(0, vectors.element))]
    }
  }
}
