import Support
import Tensors

extension Schedule {
  /// Checks every number against the schedule itself and `manifest`, which is valid; see `Plan.validate`.
  func validate(with manifest: Manifest) throws(Diagnostic) {
    for (number, kernel) in kernels.enumerated() { try kernel.validate(number: number) }

    var arity = [Int?](repeating: nil, count: kernels.count)
    for (number, step) in steps.enumerated() {
      let name = "invocation \(number), '\(step.label)',"
      guard kernels.indices.contains(step.kernel) else { throw Diagnostic("has \(name) of kernel \(step.kernel) of \(kernels.count)") }
      guard arity[step.kernel] ?? step.buffers.count == step.buffers.count else {
        throw Diagnostic("has \(name) with \(step.buffers.count) buffers for kernel \(step.kernel), which has another number of them elsewhere")
      }
      arity[step.kernel] = step.buffers.count
      for place in step.buffers { try place.validate(in: manifest, of: name) }
      for written in step.written {
        guard step.buffers.indices.contains(written) else { throw Diagnostic("has \(name) that writes buffer \(written) of \(step.buffers.count)") }
        guard step.buffers[written].region != .input else { throw Diagnostic("has \(name) that writes an input") }
      }
      if let call = kernels[step.kernel].library { try call.validate(step, name) }
      guard !step.written.isEmpty, Set(step.written).count == step.written.count else {
        throw Diagnostic("has \(name) that writes \(step.written.isEmpty ? "nothing" : "a buffer twice")")
      }
    }
    try validateStreams()
    try guardPoint?.validate(in: self, manifest)
  }
}

extension Schedule.CompiledKernel {
  /// The most units that a kernel may have: products with a number of threads can't overflow.
  private static let unitLimit = 1 << 46

  fileprivate func validate(number: Int) throws(Diagnostic) {
    guard units >= 1, units <= Self.unitLimit, flops >= 0 else { throw Diagnostic("has kernel \(number) of \(units) units and \(flops) operations") }
    guard slice.map((1...units).contains) ?? true else { throw Diagnostic("has kernel \(number) of \(units) units in slices of \(slice ?? 0)") }
    guard symbol.isEmpty != (library == nil) else { throw Diagnostic("has kernel \(number) that is not either a symbol or a library call") }
    guard let library else { return }
    let sizes = [library.batch, library.rows, library.columns, library.inner]
    // The result's size bounds the number of blocks too.
    let result = try? TensorType(.f32, [library.batch, library.rows, library.columns])
    guard result != nil, sizes.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }) else {
      throw Diagnostic("has kernel \(number), a product of sizes \(sizes)")
    }
    guard units == library.units else { throw Diagnostic("has kernel \(number), a product of \(library.units) units, with \(units)") }
  }
}

extension Schedule.LibraryCall {
  /// Checks the operands of `step`: two that are read and one that is written, each of the product's size.
  fileprivate func validate(_ step: Schedule.Invocation, _ name: String) throws(Diagnostic) {
    guard step.buffers.count == 3, step.written == [2], step.buffers.allSatisfy({ $0.element == .f32 }) else {
      throw Diagnostic("has \(name) a product that is not of two f32 buffers into a third")
    }
    for (place, (rows, columns)) in zip(step.buffers, [(rows, inner), (inner, columns), (rows, columns)]) {
      guard let type = try? TensorType(.f32, [batch, rows, columns]), type.byteCount == place.bytes else {
        throw Diagnostic("has \(name) a product of [\(batch), \(rows), \(columns)] in \(place.bytes) bytes")
      }
    }
  }
}

extension Schedule.Place {
  /// Checks that the place is within the arena, or is exactly its tensor.
  fileprivate func validate(in manifest: Manifest, of name: String) throws(Diagnostic) {
    guard position >= 0, bytes >= 0 else { throw Diagnostic("has \(name) with a buffer of \(bytes) bytes at \(region.rawValue) \(position)") }
    switch region {
    case .arena:
      guard bytes <= manifest.arenaBytes, position <= manifest.arenaBytes - bytes else {
        throw Diagnostic("has \(name) with a buffer of \(bytes) bytes at \(position) that leaves the arena of \(manifest.arenaBytes)")
      }
      guard position % Plan.alignment == 0, bytes % element.size == 0 else {
        throw Diagnostic("has \(name) with a buffer of \(bytes) bytes of \(element.rawValue) at \(position), which is not aligned")
      }
    case .state: try validate(asOneOf: manifest.state, of: name) { ($0.name, $0.type) }
    case .input: try validate(asOneOf: manifest.inputs, of: name) { ($0.name, $0.type) }
    case .output: try validate(asOneOf: manifest.outputs, of: name) { ($0.name, $0.type) }
    }
  }

  private func validate<Tensor>(
    asOneOf tensors: [Tensor], of name: String, _ describe: (Tensor) -> (name: String, type: TensorType)
  ) throws(Diagnostic) {
    guard tensors.indices.contains(position) else { throw Diagnostic("has \(name) with \(region.rawValue) \(position) of \(tensors.count)") }
    let tensor = describe(tensors[position])
    guard tensor.type.byteCount == bytes, tensor.type.element == element else {
      throw Diagnostic("has \(name) with \(bytes) bytes of \(element.rawValue) for \(region.rawValue) '\(tensor.name)', \(tensor.type)")
    }
  }
}

extension Schedule.GuardPoint {
  /// Checks that the guard is on a number, and that all writes to the state come after it.
  fileprivate func validate(in schedule: Schedule, _ manifest: Manifest) throws(Diagnostic) {
    guard steps >= 0, steps <= schedule.steps.count else { throw Diagnostic("has its guard after \(steps) of \(schedule.steps.count) invocations") }
    guard manifest.outputs.indices.contains(output), manifest.outputs[output].type == .scalar(.f32) else {
      throw Diagnostic("has its guard on output \(output), which is no single f32")
    }
    for step in schedule.steps[..<steps] where step.written.contains(where: { step.buffers[$0].region == .state }) {
      throw Diagnostic("writes to the state in '\(step.label)', before its guard")
    }
  }
}
