import Loops
import Tensors

extension ScalarEmitter {
  static func llvm(_ type: ElementType) -> String {
    switch type {
    case .f32: "float"
    case .bf16: "i16"
    case .i32: "i32"
    case .bool: "i1"
    }
  }

  /// The type in memory, where truth values take a byte.
  static func stored(_ type: ElementType) -> String { type == .bool ? "i8" : llvm(type) }

  func text(_ type: ElementType, vector: Bool) -> String { vector ? "<\(lanes) x \(Self.llvm(type))>" : Self.llvm(type) }

  func text(_ value: Value) -> String { text(value.type, vector: value.isVector) }

  /// `value` in every lane.
  func splat(_ value: Value, _ f: inout FunctionWriter) -> Value {
    guard !value.isVector else { return value }
    return Value(name: splat(value.name, Self.llvm(value.type), &f), type: value.type, isVector: true)
  }

  func splat(_ name: String, _ type: String, _ f: inout FunctionWriter) -> String {
    let first = f.pure("insertelement <\(lanes) x \(type)> poison, \(type) \(name), i64 0")
    return f.pure("shufflevector <\(lanes) x \(type)> \(first), <\(lanes) x \(type)> poison, <\(lanes) x i32> zeroinitializer")
  }
}
