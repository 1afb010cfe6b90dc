import Loops
import Tensors

/// A whole number in two parts: an i64, which many positions have in common, and a number that is known.
struct Position {
  let start: String
  let offset: Int

  init(_ start: String, offset: Int = 0) {
    self.start = start
    self.offset = offset
  }
}

/// Writes scalars as LLVM instructions, on vectors of neighbouring elements where they depend on the vector axis and once where they don't.
struct ScalarEmitter {
  /// A value in the function: one number for all lanes, or a vector with a number a lane.
  struct Value: Hashable {
    let name: String
    let type: ElementType
    let isVector: Bool
  }

  /// The pointers to the kernel's buffers.
  let buffers: [String]
  /// The elements of a vector.
  let lanes: Int
  /// Whether an instruction rounds f32 vectors to bf16.
  let hasBF16Products: Bool
  /// The values of the loop variables; of the vector axis, its value in the first lane.
  var axes: [Axis: Position] = [:]
  /// The axis whose neighbouring values are a vector's lanes.
  var vectorAxis: Axis?
  /// The lanes that exist, `<lanes x i1>`; `nil` for all.
  var mask: String?
  /// The condition under which loads may be made at all, `i1`; `nil` for always.
  var condition: String?
  /// The finished sum, in a contraction's epilogue.
  var accumulator: Value?
  /// Whether each store asks for the line after its own.
  var asksAhead = false
  /// What has been written already and may be used again in this scope.
  var known: [Scalar: Value] = [:]

  init(buffers: [String], lanes: Int, hasBF16Products: Bool) {
    self.buffers = buffers
    self.lanes = lanes
    self.hasBF16Products = hasBF16Products
  }

  /// Forgets what was written, when control moves to a place where it need not be there.
  mutating func forget() { known = [:] }

  /// Writes `scalar` and returns where its value is.
  mutating func emit(_ scalar: Scalar, _ f: inout FunctionWriter) -> Value {
    if let value = known[scalar] { return value }
    let value = write(scalar, &f)
    known[scalar] = value
    return value
  }

  mutating func write(_ scalar: Scalar, _ f: inout FunctionWriter) -> Value {
    switch scalar {
    case .constant(let number, let type): return Value(name: Self.literal(number, type), type: type, isVector: false)
    case .load(let buffer, let at, let type): return load(buffer, at, type, &f)
    case .index(let index):
      if varies(index) {
        return Value(name: f.value("trunc <\(lanes) x i64> \(vector(index, &f)) to <\(lanes) x i32>"), type: .i32, isVector: true)
      }
      return Value(name: f.value("trunc i64 \(first(index, &f)) to i32"), type: .i32, isVector: false)
    case .unary(let function, let x): return unary(function, emit(x, &f), &f)
    case .binary(let function, let x, let y):
      let (a, b, isVector) = matched(emit(x, &f), emit(y, &f), &f)
      return Value(name: binary(function, a, b, &f), type: a.type, isVector: isVector)
    case .compare(let relation, let x, let y):
      let (a, b, isVector) = matched(emit(x, &f), emit(y, &f), &f)
      let instruction = a.type.isFloating ? "fcmp \(Self.floating(relation))" : "icmp \(Self.signed(relation))"
      return Value(name: f.value("\(instruction) \(text(a)) \(a.name), \(b.name)"), type: .bool, isVector: isVector)
    case .select(let condition, let x, let y):
      let c = emit(condition, &f)
      var (a, b, isVector) = matched(emit(x, &f), emit(y, &f), &f)
      if c.isVector && !isVector {
        (a, b, isVector) = (splat(a, &f), splat(b, &f), true)
      }
      return Value(name: f.value("select \(text(c)) \(c.name), \(text(a)) \(a.name), \(text(b)) \(b.name)"), type: a.type, isVector: isVector)
    case .cast(let x, let type): return cast(emit(x, &f), to: type, &f)
    case .guarded(let bounds, let body, let otherwise): return guarded(bounds, body, otherwise, &f)
    case .reduce(let combination, let loops, let body): return reduce(combination, loops, body, &f)
    case .random(let stream, let seed, let step, let element): return random(stream, emit(seed, &f), emit(step, &f), element, &f)
    case .unitInterval(let x):
      let word = emit(x, &f)
      let top = f.value("lshr \(text(word)) \(word.name), \(repeated("i32 8", "8", word.isVector))")
      let number = f.value("uitofp \(text(word)) \(top) to \(text(.f32, vector: word.isVector))")
      let scale = repeated("float 0x3E70000000000000", "0x3E70000000000000", word.isVector)
      return Value(name: f.value("fmul \(text(.f32, vector: word.isVector)) \(number), \(scale)"), type: .f32, isVector: word.isVector)
    case .integer(let x, let bound):
      let word = emit(x, &f)
      let (narrow, wide) = word.isVector ? ("<\(lanes) x i32>", "<\(lanes) x i64>") : ("i32", "i64")
      let extended = f.value("zext \(narrow) \(word.name) to \(wide)")
      let product = f.value("mul \(wide) \(extended), \(repeated("i64 \(bound)", "\(bound)", word.isVector))")
      let high = f.value("lshr \(wide) \(product), \(repeated("i64 32", "32", word.isVector))")
      return Value(name: f.value("trunc \(wide) \(high) to \(narrow)"), type: .i32, isVector: word.isVector)
    case .pair(let x, let y): return pair(x, y, &f)
    case .accumulator:
      guard let accumulator else { preconditionFailure("only an epilogue has a sum") }
      return accumulator
    }
  }

  func repeated(_ typed: String, _ bare: String, _ isVector: Bool) -> String {
    isVector ? "<\((0..<lanes).map { _ in typed }.joined(separator: ", "))>" : bare
  }

  /// Both as vectors if either is one.
  func matched(_ a: Value, _ b: Value, _ f: inout FunctionWriter) -> (Value, Value, Bool) {
    a.isVector || b.isVector ? (splat(a, &f), splat(b, &f), true) : (a, b, false)
  }

  static func literal(_ number: Double, _ type: ElementType) -> String {
    switch type {
    case .f32: "0x" + hexadecimal(Double(Float(number)).bitPattern)
    case .bf16: "\(Int16(truncatingIfNeeded: Float(number).bitPattern >> 16))"
    case .i32: "\(Int32(number))"
    case .bool: number != 0 ? "true" : "false"
    }
  }

  static func hexadecimal(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16, uppercase: true)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func floating(_ relation: Relation) -> String {
    switch relation {
    case .equal: "oeq"
    case .unequal: "une"
    case .less: "olt"
    case .lessOrEqual: "ole"
    case .greater: "ogt"
    case .greaterOrEqual: "oge"
    }
  }

  static func signed(_ relation: Relation) -> String {
    switch relation {
    case .equal: "eq"
    case .unequal: "ne"
    case .less: "slt"
    case .lessOrEqual: "sle"
    case .greater: "sgt"
    case .greaterOrEqual: "sge"
    }
  }

  mutating func unary(_ function: UnaryFunction, _ x: Value, _ f: inout FunctionWriter) -> Value {
    let type = text(x)
    let suffix = x.isVector ? "v\(lanes)f32" : "f32"
    func intrinsic(_ name: String) -> String {
      f.declare("declare \(type) @llvm.\(name).\(suffix)(\(type))")
      return f.value("call \(type) @llvm.\(name).\(suffix)(\(type) \(x.name))")
    }
    switch function {
    case .negate where x.type == .i32:
      return Value(name: f.value("sub \(type) \(repeated("i32 0", "0", x.isVector)), \(x.name)"), type: .i32, isVector: x.isVector)
    case .negate: return Value(name: f.value("fneg \(type) \(x.name)"), type: x.type, isVector: x.isVector)
    case .absolute: return Value(name: intrinsic("fabs"), type: x.type, isVector: x.isVector)
    case .squareRoot: return Value(name: intrinsic("sqrt"), type: x.type, isVector: x.isVector)
    case .floor: return Value(name: intrinsic("floor"), type: x.type, isVector: x.isVector)
    case .not: return Value(name: f.value("xor \(type) \(x.name), \(repeated("i1 true", "true", x.isVector))"), type: .bool, isVector: x.isVector)
    case .exponential, .logarithm, .tanh:
      let wide = splat(x, &f)
      f.useMathLibrary(function)
      let result = f.value("call \(text(wide)) @\(MathLibrary.symbol(function))(\(text(wide)) \(wide.name))")
      if x.isVector { return Value(name: result, type: .f32, isVector: true) }
      return Value(name: f.value("extractelement \(text(wide)) \(result), i64 0"), type: .f32, isVector: false)
    }
  }

  /// The sum of two numbers, as vectors if either is one.
  func sum(_ a: Value, _ b: Value, _ f: inout FunctionWriter) -> Value {
    let (a, b, isVector) = matched(a, b, &f)
    return Value(name: binary(.add, a, b, &f), type: a.type, isVector: isVector)
  }

  func binary(_ function: BinaryFunction, _ a: Value, _ b: Value, _ f: inout FunctionWriter) -> String {
    let type = text(a)
    let instruction: String
    switch (function, a.type) {
    case (.add, .i32): instruction = "add"
    case (.subtract, .i32): instruction = "sub"
    case (.multiply, .i32): instruction = "mul"
    case (.divide, .i32):
      // Double precision holds every quotient of such numbers exactly enough, and a division by zero doesn't stop the program.
      let double = a.isVector ? "<\(lanes) x double>" : "double"
      let quotient = f.value(
        "fdiv \(double) \(f.value("sitofp \(type) \(a.name) to \(double)")), \(f.value("sitofp \(type) \(b.name) to \(double)"))")
      let suffix = a.isVector ? "v\(lanes)i32.v\(lanes)f64" : "i32.f64"
      f.declare("declare \(type) @llvm.fptosi.sat.\(suffix)(\(double))")
      return f.value("call \(type) @llvm.fptosi.sat.\(suffix)(\(double) \(quotient))")
    case (.add, _): instruction = "fadd contract"
    case (.subtract, _): instruction = "fsub contract"
    case (.multiply, _): instruction = "fmul contract"
    case (.divide, _): instruction = "fdiv contract"
    case (.and, _): instruction = "and"
    case (.or, _): instruction = "or"
    case (.maximum, let t), (.minimum, let t):
      // A first operand that is not a number is kept: a rectifier must not hide it.
      let relation = function == .maximum ? "lt" : "gt"
      let less = f.value("\(t == .i32 ? "icmp s\(relation)" : "fcmp o\(relation)") \(type) \(a.name), \(b.name)")
      return f.value("select \(text(.bool, vector: a.isVector)) \(less), \(type) \(b.name), \(type) \(a.name)")
    }
    return f.value("\(instruction) \(type) \(a.name), \(b.name)")
  }

  func cast(_ x: Value, to type: ElementType, _ f: inout FunctionWriter) -> Value {
    guard x.type != type else { return x }
    let (from, to) = (text(x), text(type, vector: x.isVector))
    let name: String
    switch (x.type, type) {
    case (.bool, .i32): name = f.value("zext \(from) \(x.name) to \(to)")
    case (.bool, .f32): name = f.value("uitofp \(from) \(x.name) to \(to)")
    case (.i32, .f32): name = f.value("sitofp \(from) \(x.name) to \(to)")
    case (.i32, .bool): name = f.value("icmp ne \(from) \(x.name), \(repeated("i32 0", "0", x.isVector))")
    case (.f32, .bool): name = f.value("fcmp une \(from) \(x.name), \(repeated("float 0.0", "0.0", x.isVector))")
    case (.f32, .i32):
      let suffix = x.isVector ? "v\(lanes)i32.v\(lanes)f32" : "i32.f32"
      f.declare("declare \(to) @llvm.fptosi.sat.\(suffix)(\(from))")
      name = f.value("call \(to) @llvm.fptosi.sat.\(suffix)(\(from) \(x.name))")
    case (.bf16, .f32): name = f32(x, &f)
    case (.f32, .bf16): name = bf16(x, &f)
    default: preconditionFailure("no kernel casts \(x.type) to \(type) yet")
    }
    return Value(name: name, type: type, isVector: x.isVector)
  }
}
