import Graph
import Loops
import Support
import Tensors

/// Takes one location's vector from each map.
package struct GatherLocation: Operation {
  package static let mnemonic = "gather_location"
  package static let documentation = OperationDocumentation(
    "From each map of locations the vector of the one location that its index names.", shapes: "[…, L, E], i32[…] → […, E]",
    details: "An index beyond 0..<L means the nearest location. Only the maps have a gradient: it is put at the location taken.")
  package static var examples: [OperationExample] {
    [
      OperationExample(GatherLocation(), [TensorType(valid: .f32, [2, 3, 5, 4]), TensorType(valid: .i32, [2, 3])], integerLimit: 5),
      OperationExample(GatherLocation(), [TensorType(valid: .f32, [3, 19]), TensorType(valid: .i32, [])], integerLimit: 3),
    ]
  }

  package init() {}

  package func infer(_ operands: [TensorType]) throws -> [TensorType] {
    try require(operands, count: 2)
    let (maps, index) = (operands[0], operands[1])
    guard index.element == .i32, maps.rank >= 2, Array(maps.shape.dropLast(2)) == index.shape else {
      throw Diagnostic("needs maps […, locations, channels] and i32[…], and got \(maps) and \(index)")
    }
    return [maps.with(shape: index.shape + [maps.shape[maps.rank - 1]])]
  }

  package func pullback(_ context: inout PullbackContext) throws -> [ValueID?] {
    guard let seed = context.seeds[0] else { return [nil, nil] }
    let maps = context.graph.type(of: context.operands[0])
    return [try context.graph.one(ScatterLocation(locations: maps.shape[maps.rank - 2]), seed, context.operands[1]), nil]
  }

  package func evaluate(_ operands: [Tensor], in environment: inout EvaluationEnvironment) throws -> [Tensor] {
    let (maps, index) = (operands[0], operands[1])
    let (locations, width) = (maps.shape[maps.shape.count - 2], maps.shape[maps.shape.count - 1])
    let result = Tensor(index.shape + [width]) { (i: Int) in
      let (image, channel) = (i / width, i % width)
      let location = Int(min(max(index.elements[image], 0), Double(locations - 1)))
      return maps.elements[(image * locations + location) * width + channel]
    }
    return [result]
  }

  package func lower(_ operands: [TensorType], to results: [TensorType]) -> Lowering {
    .elements { at, _ in
      let (maps, index) = (operands[0], operands[1])
      let image = Array(at.dropLast())
      let location = locationLoad(buffer: 1, at: .position(of: image, in: index.shape), below: maps.shape[maps.rank - 2])
      let coordinates = image + [Index(location, below: maps.shape[maps.rank - 2]), at[at.count - 1]]
      return [.load(buffer: 0, at: .position(of: coordinates, in: maps.shape), maps.element)]
    }
  }
}

/// The i32 in `buffer` at `position`, kept within 0..<`locations`, so that no index that is fed reads or writes elsewhere.
func locationLoad(buffer: Int, at position: Index, below locations: Int) -> Scalar {
  let index = Scalar.load(buffer: buffer, at: position, .i32)
  return .binary(.minimum, .binary(.maximum, index, .constant(0, .i32)), .constant(Double(locations - 1), .i32))
}
