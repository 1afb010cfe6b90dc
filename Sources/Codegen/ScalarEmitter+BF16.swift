import Loops
import Tensors

/// Numbers of 16 bits: in registers they are `i16`, and mathematics is done on their f32.
extension ScalarEmitter {
  /// The name of bf16 `x` as f32: exact.
  func f32(_ x: Value, _ f: inout FunctionWriter) -> String {
    let (narrow, wide) = (text(x), text(.i32, vector: x.isVector))
    let bits = f.value("shl \(wide) \(f.value("zext \(narrow) \(x.name) to \(wide)")), \(repeated("i32 16", "16", x.isVector))")
    return f.value("bitcast \(wide) \(bits) to \(text(.f32, vector: x.isVector))")
  }

  /// The name of f32 `x` as bf16: the nearest, ties to even; what is not a number stays so.
  ///
  /// - Numerics: the instruction makes 0 of numbers below 2⁻¹²⁶; without it they are rounded as others.
  func bf16(_ x: Value, _ f: inout FunctionWriter) -> String {
    let (type, wide, narrow) = (text(x), text(.i32, vector: x.isVector), text(.bf16, vector: x.isVector))
    if hasBF16Products && x.isVector {
      f.declare("declare \(narrow) @llvm.x86.avx512bf16.cvtneps2bf16.512(\(type))")
      return f.value("call \(narrow) @llvm.x86.avx512bf16.cvtneps2bf16.512(\(type) \(x.name))")
    }
    func constant(_ number: Int) -> String { repeated("i32 \(number)", "\(number)", x.isVector) }
    let bits = f.value("bitcast \(type) \(x.name) to \(wide)")
    let upper = f.value("lshr \(wide) \(bits), \(constant(16))")
    let odd = f.value("and \(wide) \(upper), \(constant(1))")
    let moved = f.value("add \(wide) \(f.value("add \(wide) \(bits), \(constant(0x7FFF))")), \(odd)")
    let rounded = f.value("lshr \(wide) \(moved), \(constant(16))")
    let quiet = f.value("or \(wide) \(upper), \(constant(0x40))")
    let isNumber = f.value("fcmp ord \(type) \(x.name), \(x.name)")
    let chosen = f.value("select \(text(.bool, vector: x.isVector)) \(isNumber), \(wide) \(rounded), \(wide) \(quiet)")
    return f.value("trunc \(wide) \(chosen) to \(narrow)")
  }

  /// Two bf16 in an i32, the first in the lower half.
  mutating func pair(_ x: Scalar, _ y: Scalar, _ f: inout FunctionWriter) -> Value {
    if let words = neighbours(x, y, &f) { return words }
    let (a, b, isVector) = matched(emit(x, &f), emit(y, &f), &f)
    let wide = text(.i32, vector: isVector)
    let low = f.value("zext \(text(a)) \(a.name) to \(wide)")
    let high = f.value("shl \(wide) \(f.value("zext \(text(b)) \(b.name) to \(wide)")), \(repeated("i32 16", "16", isVector))")
    return Value(name: f.value("or \(wide) \(low), \(high)"), type: .i32, isVector: isVector)
  }

  /// Pairs of neighbours in memory, all of a vector's in two loads; `nil` where they are none, or a lane may not exist.
  private mutating func neighbours(_ x: Scalar, _ y: Scalar, _ f: inout FunctionWriter) -> Value? {
    guard let vectorAxis, mask == nil, condition == nil, case .cast(.load(let buffer, let at, .f32), .bf16) = x,
      case .cast(.load(buffer, let next, .f32), .bf16) = y, next == at + 1, at.coefficient(of: vectorAxis) == 2
    else { return nil }
    let start = address(buffer, at, "float", &f)
    let halves = (0..<2).map { half -> String in
      let pointer = f.address(start, "float", "\(half * lanes)")
      let numbers = Value(name: f.value("load \(text(.f32, vector: true)), ptr \(pointer), align 4"), type: .f32, isVector: true)
      return bf16(numbers, &f)
    }
    let half = text(.bf16, vector: true)
    let mask = (0..<2 * lanes).map { "i32 \($0)" }.joined(separator: ", ")
    let all = f.value("shufflevector \(half) \(halves[0]), \(half) \(halves[1]), <\(2 * lanes) x i32> <\(mask)>")
    return Value(name: f.value("bitcast <\(2 * lanes) x i16> \(all) to \(text(.i32, vector: true))"), type: .i32, isVector: true)
  }
}
