import PlanFile
import Support
import Tensors

/// All memory that a plan works in: the arena, and the tensors that outlive a step.
///
/// Copies are the same memory.
struct PlanMemory {
  private let arena: MappedMemory
  private let tensors: MappedMemory
  /// The byte offset in `tensors` of each state tensor, input and output.
  private let offsets: [Schedule.Place.Region: [Int]]
  private let sizes: [Schedule.Place.Region: [Int]]

  /// Allocates what `manifest`, which is valid, asks for; all of it is zero.
  ///
  /// - Errors: the machine has not that much memory.
  init(_ manifest: Manifest) throws(Diagnostic) {
    sizes = [
      .state: manifest.state.map(\.type.byteCount), .input: manifest.inputs.map(\.type.byteCount),
      .output: manifest.outputs.map(\.type.byteCount),
    ]
    var end = 0
    var offsets: [Schedule.Place.Region: [Int]] = [:]
    for region in [Schedule.Place.Region.state, .input, .output] {
      offsets[region] = (sizes[region] ?? []).map { size in
        defer { end += (size + Plan.alignment - 1) / Plan.alignment * Plan.alignment }
        return end
      }
    }
    self.offsets = offsets
    tensors = try MappedMemory(end, for: "the plan's state, inputs and outputs")
    arena = try MappedMemory(manifest.arenaBytes, for: "the plan's arena")
  }

  /// The bytes of the arena and of all tensors.
  var byteCount: Int { arena.count + tensors.count }

  /// The bytes of `place`, which is valid.
  subscript(place: Schedule.Place) -> UnsafeMutableRawBufferPointer {
    guard place.region == .arena else { return self[place.region, place.position] }
    return UnsafeMutableRawBufferPointer(start: arena.base + place.position, count: place.bytes)
  }

  /// The bytes of tensor `number` of `region`, which is not the arena.
  subscript(region: Schedule.Place.Region, number: Int) -> UnsafeMutableRawBufferPointer {
    guard let offset = offsets[region]?[number], let size = sizes[region]?[number] else { preconditionFailure("the arena has no tensors") }
    return UnsafeMutableRawBufferPointer(start: tensors.base + offset, count: size)
  }

  /// Makes the arena all zero.
  func clearArena() {
    arena.base.initializeMemory(as: UInt8.self, repeating: 0, count: arena.count)
  }
}
