import Dispatch
import Glibc
import PlanFile
import Support
import Tensors

/// The contents of a state tensor.
package struct StateValue: Hashable, Sendable {
  package let name: String
  package let type: TensorType
  /// The elements as they are in memory, row-major.
  package let bytes: [UInt8]

  /// Creates the contents of the tensor called `name`.
  package init(name: String, type: TensorType, bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.bytes = bytes
  }
}

extension Executor {
  /// Elements that one thread draws at a time; their numbers stay in its cache.
  private static let block = 1 << 14

  /// Gives every state tensor its first value under `seed`.
  package func initialize(seed: UInt32) {
    let state = plan.manifest.state
    let blocks = state.enumerated().flatMap { number, tensor in
      let count = tensor.type.count
      return stride(from: 0, to: count, by: Self.block).map { (number, $0..<min($0 + Self.block, count)) }
    }
    // Each block is one thread's alone.
    nonisolated(unsafe) let memory = memory
    DispatchQueue.concurrentPerform(iterations: threads) { [threads] thread in
      for block in stride(from: thread, to: blocks.count, by: threads) {
        let (number, range) = blocks[block]
        let (tensor, size) = (state[number], state[number].element.size)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[.state, number][range.lowerBound * size..<range.upperBound * size])
        if case .constant(let value) = tensor.initial, tensor.element == .i32 {
          // Not by way of single precision, which rounds large whole numbers.
          bytes.bindMemory(to: Int32.self).update(repeating: Int32(value))
        } else if tensor.initial != .constant(0) || !bytes.isZero {
          // New memory is zero, and takes no page as long as it is only read.
          tensor.element.store(tensor.initial.elements(range, of: tensor.shape, name: tensor.name, seed: seed), to: bytes)
        }
      }
    }
  }

  /// Returns the elements of the state called `name`, row-major; see `ElementType.floats`.
  package func state(_ name: String) throws -> [Float] {
    let number = try number(ofState: name)
    return plan.manifest.state[number].element.floats(in: UnsafeRawBufferPointer(memory[.state, number]))
  }

  /// Makes `values`, row-major, the elements of the state called `name`.
  ///
  /// - Errors: no such state; another number of elements; a value that the elements' type can't hold.
  package func setState(_ name: String, _ values: [Float]) throws {
    let number = try number(ofState: name)
    let tensor = plan.manifest.state[number]
    guard values.count == tensor.type.count else { throw Diagnostic("state '\(name)' is \(tensor.type): it has not \(values.count) elements") }
    guard values.allSatisfy(tensor.element.holds) else { throw Diagnostic("state '\(name)' is \(tensor.type): it cannot hold all the values") }
    tensor.element.store(values, to: memory[.state, number])
  }

  /// Calls `body` with the bytes of the state called `name`, row-major, to read or to write between steps.
  package func withState<Result>(_ name: String, _ body: (UnsafeMutableRawBufferPointer) throws -> Result) throws -> Result {
    try body(memory[.state, number(ofState: name)])
  }

  /// Returns a copy of the whole state, in the plan's order.
  package func snapshot() -> [StateValue] {
    plan.manifest.state.enumerated().map { number, tensor in
      StateValue(name: tensor.name, type: tensor.type, bytes: Array(memory[.state, number]))
    }
  }

  /// Makes `values` the state; tensors that `values` doesn't name keep theirs.
  ///
  /// - Ensures: all or nothing is changed.
  /// - Errors: a name that the plan doesn't know, or another type.
  package func restore(_ values: [StateValue]) throws {
    let numbers = try values.map { value in
      let number = try number(ofState: value.name)
      let type = plan.manifest.state[number].type
      guard type == value.type, type.byteCount == value.bytes.count else {
        throw Diagnostic("state '\(value.name)' is \(type) in the plan, not \(value.type) in \(value.bytes.count) bytes")
      }
      return number
    }
    for (number, value) in zip(numbers, values) { memory[.state, number].copyBytes(from: value.bytes) }
  }

  /// Copies every state tensor of this plan from the one of the same name in `other`, such as a training plan's weights for evaluation.
  ///
  /// - Errors: `other` lacks one, or has it of another type; nothing is changed then.
  package func copyState(from other: Executor) throws {
    let pairs = try plan.manifest.state.enumerated().map { number, tensor in
      let source = try other.number(ofState: tensor.name)
      let type = other.plan.manifest.state[source].type
      guard type == tensor.type else {
        throw Diagnostic("state '\(tensor.name)' is \(tensor.type) in '\(plan.manifest.name)' and \(type) in '\(other.plan.manifest.name)'")
      }
      return (number, source)
    }
    for (number, source) in pairs { memory[.state, number].copyMemory(from: UnsafeRawBufferPointer(other.memory[.state, source])) }
  }

  private func number(ofState name: String) throws -> Int {
    try number(of: name, among: plan.manifest.state.map(\.name), "state")
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Whether every byte is 0: the first one is, and each is like the one before.
  fileprivate var isZero: Bool {
    guard let baseAddress else { return true }
    return self[0] == 0 && memcmp(baseAddress, baseAddress + 1, count - 1) == 0
  }
}
