import PlanFile
import Support
import Tensors

extension Executor {
  /// Calls `body` with the bytes of the input called `name`, row-major, which it fills before a step.
  ///
  /// - Errors: the plan has no such input.
  package func withInput<Result>(_ name: String, _ body: (UnsafeMutableRawBufferPointer) throws -> Result) throws -> Result {
    try body(memory[.input, number(of: name, among: plan.manifest.inputs.map(\.name), "input")])
  }

  /// Calls `body` with the bytes of the output called `name`, row-major, as the last step left them.
  ///
  /// - Errors: the plan has no such output.
  package func withOutput<Result>(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try body(UnsafeRawBufferPointer(memory[.output, number(of: name, among: plan.manifest.outputs.map(\.name), "output")]))
  }

  /// Returns the elements of the output called `name`, row-major, whatever their type.
  package func output(_ name: String) throws -> [Float] {
    let number = try number(of: name, among: plan.manifest.outputs.map(\.name), "output")
    return plan.manifest.outputs[number].element.floats(in: UnsafeRawBufferPointer(memory[.output, number]))
  }

  /// Returns the first element of the output called `name`: the number itself where it is a scalar.
  package func scalar(_ name: String) throws -> Float { try output(name)[0] }

  /// Returns the position of `name` in `names`.
  func number(of name: String, among names: [String], _ kind: String) throws -> Int {
    guard let number = names.firstIndex(of: name) else {
      throw Diagnostic(
        "plan '\(plan.manifest.name)' has no \(kind) called '\(name)'",
        hint: nearest(to: name, in: names).map { "did you mean '\($0)'?" } ?? "it has \(names.joined(separator: ", "))")
    }
    return number
  }
}

extension ElementType {
  /// Returns the elements in `bytes` as single-precision numbers; whole numbers beyond 2²⁴ are rounded.
  func floats(in bytes: UnsafeRawBufferPointer) -> [Float] {
    (0..<bytes.count / size).map { float(at: $0, in: bytes) }
  }

  /// Returns element `position` of those in `bytes`.
  func float(at position: Int, in bytes: UnsafeRawBufferPointer) -> Float {
    let offset = position * size
    return switch self {
    case .f32: bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)
    case .bf16: Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16)
    case .i32: Float(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    case .bool: bytes[offset] == 0 ? 0 : 1
    }
  }

  /// Writes `values` to `bytes` as elements of this type, rounded to even for bf16.
  ///
  /// - Requires: there is room, and every value is a whole number of 32 bits, or a truth value, where the elements are.
  func store(_ values: [Float], to bytes: UnsafeMutableRawBufferPointer) {
    switch self {
    case .f32: values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    case .bf16: for (i, value) in values.enumerated() { bytes.storeBytes(of: ElementType.bf16Bits(of: value), toByteOffset: 2 * i, as: UInt16.self) }
    case .i32: for (i, value) in values.enumerated() { bytes.storeBytes(of: Int32(value), toByteOffset: 4 * i, as: Int32.self) }
    case .bool: for (i, value) in values.enumerated() { bytes[i] = value == 0 ? 0 : 1 }
    }
  }

  /// Whether `store` can write `value` as an element of this type.
  func holds(_ value: Float) -> Bool {
    switch self {
    case .f32, .bf16: true
    case .i32: Int32(exactly: value) != nil
    case .bool: value == 0 || value == 1
    }
  }
}
