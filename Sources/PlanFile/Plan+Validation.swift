import Support
import Tensors

extension Plan {
  /// The alignment in bytes of the arena, of every buffer in it, and of every tensor outside of it.
  package static let alignment = 64

  /// Checks that running the plan touches no memory but its own, given that its machine code keeps to the buffers it is passed.
  ///
  /// - Errors: tensors without a valid type or with one name twice; memory beyond `TensorType.byteLimit`; kernels, buffers and
  ///   tensors that don't exist; buffers that leave the arena or differ from their tensor; a guard point after a write to the state.
  package func validate() throws(Diagnostic) {
    try manifest.validate()
    try schedule.validate(with: manifest)
  }
}

extension Manifest {
  /// Checks the names, types and sizes; see `Plan.validate`.
  func validate() throws(Diagnostic) {
    guard major == FormatVersion.current.major, minor >= 0 else { throw Diagnostic("has no valid format version: \(major).\(minor)") }
    guard arenaBytes >= 0, arenaBytes <= TensorType.byteLimit, lowerBoundBytes >= 0 else {
      throw Diagnostic("says that its arena has \(arenaBytes) bytes, and at least \(lowerBoundBytes)")
    }
    var total = arenaBytes
    for (kind, tensors) in [("input", inputs), ("output", outputs), ("state", state.map(\.tensor))] {
      var names = Set<String>()
      for tensor in tensors {
        guard names.insert(tensor.name).inserted else { throw Diagnostic("has two \(kind) tensors called '\(tensor.name)'") }
        total += try tensor.validType(kind: kind).byteCount
        guard total <= TensorType.byteLimit else { throw Diagnostic("wants more than \(TensorType.byteLimit) bytes of memory") }
      }
    }
    for tensor in state where !tensor.initial.suits(tensor.element) {
      throw Diagnostic("starts state '\(tensor.name)' of \(tensor.element.rawValue) with \(tensor.initial)")
    }
  }
}

extension Manifest.Tensor {
  /// The tensor's type.
  ///
  /// - Requires: the manifest is valid.
  package var type: TensorType { TensorType(valid: element, shape) }

  /// Returns the tensor's type, checked.
  fileprivate func validType(kind: String) throws(Diagnostic) -> TensorType {
    do {
      return try TensorType(element, shape)
    } catch {
      throw Diagnostic("has no valid type for \(kind) '\(name)': \((error as? Diagnostic)?.message ?? "\(error)")")
    }
  }
}

extension Manifest.StateTensor {
  /// The tensor's type.
  ///
  /// - Requires: the manifest is valid.
  package var type: TensorType { TensorType(valid: element, shape) }

  /// The tensor without what only state has.
  fileprivate var tensor: Manifest.Tensor { Manifest.Tensor(name: name, element: element, shape: shape) }
}

extension InitialValue {
  /// Whether the value can be held by elements of type `element`: finite, and whole where they are.
  fileprivate func suits(_ element: ElementType) -> Bool {
    switch self {
    case .constant(let value):
      switch element {
      case .f32, .bf16: Float(value).isFinite
      case .i32: Int32(exactly: value) != nil
      case .bool: value == 0 || value == 1
      }
    case .uniform(let low, let high): element.isFloating && Float(low).isFinite && Float(high).isFinite
    case .identity(let spread): element.isFloating && Float(spread).isFinite
    }
  }
}
