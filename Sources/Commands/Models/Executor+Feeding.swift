import PlanFile
import Runtime
import Tensors

extension Executor {
  /// Makes `tensor`'s elements those of the input called `name`.
  ///
  /// - Requires: the plan's input has the tensor's shape, and can hold its elements.
  /// - Errors: the plan has no such input.
  func feed(_ name: String, _ tensor: Tensor) throws {
    let element = plan.manifest.inputs.first { $0.name == name }?.element
    try withInput(name) { bytes in
      precondition(bytes.count == tensor.count * (element?.size ?? 0), "input '\(name)' is fed \(tensor.shape)")
      switch element {
      case .f32: store(tensor, in: bytes) { Float($0) }
      case .bf16: store(tensor, in: bytes) { UInt16(Float($0).bitPattern >> 16) }
      case .i32: store(tensor, in: bytes) { Int32($0) }
      case .bool: store(tensor, in: bytes) { UInt8($0) }
      case nil: break
      }
    }
  }
}

/// Writes `tensor`'s elements to `bytes`, each turned into a `Stored`.
private func store<Stored: BitwiseCopyable>(_ tensor: Tensor, in bytes: UnsafeMutableRawBufferPointer, as convert: (Double) -> Stored) {
  for (position, element) in tensor.elements.enumerated() {
    bytes.storeBytes(of: convert(element), toByteOffset: position * MemoryLayout<Stored>.stride, as: Stored.self)
  }
}
