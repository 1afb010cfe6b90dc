import Loops
import Tensors

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
  /// The values of the loop variables; of the vector axis, its value in the first lane.
  var axes: [Axis: String] = [:]
  /// The axis whose neighbouring values are a vector's lanes.
  var vectorAxis: Axis?
  /// The lanes that exist, `<lanes x i1>`; `nil` for all.
  var mask: String?
  /// The condition under which loads may be made at all, `i1`; `nil` for always.
  var condition: String?
  /// The finished sum, in a contraction's epilogue.
  var accumulator: Value?
  /// What has been written already and may be used again in this scope.
  private var known: [Scalar: Value] = [:]

  init(buffers: [String], lanes: Int) {
    self.buffers = buffers
    self.lanes = lanes
  }

  /// Forgets what was written, when control moves to a place where it need not be there.
  mutating func forget() { known = [:] }

  // MARK: Types

  static func llvm(_ type: ElementType) -> String {
    switch type {
    case .f32: "float"
    case .bf16: "bfloat"
    case .i32: "i32"
    case .bool: "i1"
    }
  }

  /// The type in memory, where truth values take a byte.
  static func stored(_ type: ElementType) -> String { type == .bool ? "i8" : type == .bf16 ? "i16" : llvm(type) }

  func text(_ type: ElementType, vector: Bool) -> String { vector ? "<\(lanes) x \(Self.llvm(type))>" : Self.llvm(type) }

  private func text(_ value: Value) -> String { text(value.type, vector: value.isVector) }

  /// `value` in every lane.
  func splat(_ value: Value, _ f: inout FunctionWriter) -> Value {
    guard !value.isVector else { return value }
    return Value(name: splat(value.name, Self.llvm(value.type), &f), type: value.type, isVector: true)
  }

  private func splat(_ name: String, _ type: String, _ f: inout FunctionWriter) -> String {
    let first = f.value("insertelement <\(lanes) x \(type)> poison, \(type) \(name), i64 0")
    return f.value("shufflevector <\(lanes) x \(type)> \(first), <\(lanes) x \(type)> poison, <\(lanes) x i32> zeroinitializer")
  }

  // MARK: Indices

  /// Whether `index` is a different number in each lane.
  private func varies(_ index: Index) -> Bool { vectorAxis.map(index.mentions) ?? false }

  /// The index in the first lane, an i64.
  mutating func first(_ index: Index, _ f: inout FunctionWriter) -> String {
    var sum = "\(index.constant)"
    for term in index.terms {
      let atom: String
      switch term.atom {
      case .axis(let axis):
        guard let value = axes[axis] else { preconditionFailure("axis \(axis.id) has no value here") }
        atom = value
      case .quotient(let inner, let divisor):
        let inner0 = first(inner, &f)
        atom = quotient(inner0, divisor, isNegative: inner.range.lowerBound < 0, &f)
      case .remainder(let inner, let divisor):
        let inner0 = first(inner, &f)
        let whole = quotient(inner0, divisor, isNegative: inner.range.lowerBound < 0, &f)
        atom = f.add(inner0, f.multiply(whole, -divisor))
      case .value(let scalar, let below):
        atom = bounded(emit(scalar, &f), below, &f)
      }
      sum = f.add(sum, f.multiply(atom, term.factor))
    }
    return sum
  }

  private func quotient(_ x: String, _ divisor: Int, isNegative: Bool, _ f: inout FunctionWriter) -> String {
    if let value = Int(x) { return "\(value.flooredQuotient(by: divisor))" }
    guard isNegative else { return f.value("udiv i64 \(x), \(divisor)") }
    let (whole, rest) = (f.value("sdiv i64 \(x), \(divisor)"), f.value("srem i64 \(x), \(divisor)"))
    let below = f.value("icmp slt i64 \(rest), 0")
    return f.value("select i1 \(below), i64 \(f.value("sub i64 \(whole), 1")), i64 \(whole)")
  }

  /// A whole number that was read, as an i64 in 0..<`limit`: whatever a buffer holds, no access is made outside.
  private func bounded(_ value: Value, _ limit: Int, _ f: inout FunctionWriter) -> String {
    precondition(!value.isVector, "an index that is read is one number here")
    let wide = f.value("sext i32 \(value.name) to i64")
    return f.maximum(f.minimum(wide, "\(limit - 1)"), "0")
  }

  /// The index in every lane, `<lanes x i64>`.
  private mutating func vector(_ index: Index, _ f: inout FunctionWriter) -> String {
    let wide = "<\(lanes) x i64>"
    guard let vectorAxis, varies(index) else { return splat(first(index, &f), "i64", &f) }
    if let coefficient = index.coefficient(of: vectorAxis) {
      let steps = (0..<lanes).map { "i64 \($0 * coefficient)" }.joined(separator: ", ")
      return f.value("add nsw \(wide) \(splat(first(index, &f), "i64", &f)), <\(steps)>")
    }
    var sum = splat("\(index.constant)", "i64", &f)
    for term in index.terms {
      let atom: String
      switch term.atom {
      case .axis(let axis): atom = vector(Index(axis), &f)
      case .quotient(let inner, let divisor): atom = vectorQuotient(vector(inner, &f), divisor, inner, &f)
      case .remainder(let inner, let divisor):
        let value = vector(inner, &f)
        let whole = f.value("mul \(wide) \(vectorQuotient(value, divisor, inner, &f)), \(constant(divisor))")
        atom = f.value("sub \(wide) \(value), \(whole)")
      case .value(let scalar, let below):
        let read = splat(emit(scalar, &f), &f)
        let extended = f.value("sext <\(lanes) x i32> \(read.name) to \(wide)")
        let low = f.value("icmp slt \(wide) \(extended), zeroinitializer")
        let clamped = f.value("select <\(lanes) x i1> \(low), \(wide) zeroinitializer, \(wide) \(extended)")
        let high = f.value("icmp sgt \(wide) \(clamped), \(constant(below - 1))")
        atom = f.value("select <\(lanes) x i1> \(high), \(wide) \(constant(below - 1)), \(wide) \(clamped)")
      }
      sum = f.value("add nsw \(wide) \(sum), \(f.value("mul nsw \(wide) \(atom), \(constant(term.factor))"))")
    }
    return sum
  }

  private func vectorQuotient(_ x: String, _ divisor: Int, _ index: Index, _ f: inout FunctionWriter) -> String {
    let range = index.range
    let wide = "<\(lanes) x i64>"
    // Moved by a multiple of the divisor, a sum that may be negative divides without a sign.
    let shift = range.lowerBound < 0 ? -range.lowerBound.flooredQuotient(by: divisor) : 0
    let moved = shift == 0 ? x : f.value("add nsw \(wide) \(x), \(constant(shift * divisor))")
    let quotient: String
    if range.upperBound + shift * divisor <= Int(Int32.max) {
      // 32-bit division by a constant is a few vector instructions; the 64-bit one is not.
      let narrow = f.value("trunc \(wide) \(moved) to <\(lanes) x i32>")
      let divisors = (0..<lanes).map { _ in "i32 \(divisor)" }.joined(separator: ", ")
      quotient = f.value("zext <\(lanes) x i32> \(f.value("udiv <\(lanes) x i32> \(narrow), <\(divisors)>")) to \(wide)")
    } else {
      quotient = f.value("udiv \(wide) \(moved), \(constant(divisor))")
    }
    return shift == 0 ? quotient : f.value("sub nsw \(wide) \(quotient), \(constant(shift))")
  }

  private func constant(_ value: Int) -> String { "<\((0..<lanes).map { _ in "i64 \(value)" }.joined(separator: ", "))>" }

  // MARK: Scalars

  /// Writes `scalar` and returns where its value is.
  mutating func emit(_ scalar: Scalar, _ f: inout FunctionWriter) -> Value {
    if let value = known[scalar] { return value }
    let value = write(scalar, &f)
    known[scalar] = value
    return value
  }

  private mutating func write(_ scalar: Scalar, _ f: inout FunctionWriter) -> Value {
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
    case .accumulator:
      guard let accumulator else { preconditionFailure("only an epilogue has a sum") }
      return accumulator
    }
  }

  private func repeated(_ typed: String, _ bare: String, _ isVector: Bool) -> String {
    isVector ? "<\((0..<lanes).map { _ in typed }.joined(separator: ", "))>" : bare
  }

  /// Both as vectors if either is one.
  private func matched(_ a: Value, _ b: Value, _ f: inout FunctionWriter) -> (Value, Value, Bool) {
    a.isVector || b.isVector ? (splat(a, &f), splat(b, &f), true) : (a, b, false)
  }

  static func literal(_ number: Double, _ type: ElementType) -> String {
    switch type {
    case .f32, .bf16: "0x" + hexadecimal(Double(Float(number)).bitPattern)
    case .i32: "\(Int32(number))"
    case .bool: number != 0 ? "true" : "false"
    }
  }

  private static func hexadecimal(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16, uppercase: true)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func floating(_ relation: Relation) -> String {
    switch relation {
    case .equal: "oeq"
    case .unequal: "une"
    case .less: "olt"
    case .lessOrEqual: "ole"
    case .greater: "ogt"
    case .greaterOrEqual: "oge"
    }
  }

  private static func signed(_ relation: Relation) -> String {
    switch relation {
    case .equal: "eq"
    case .unequal: "ne"
    case .less: "slt"
    case .lessOrEqual: "sle"
    case .greater: "sgt"
    case .greaterOrEqual: "sge"
    }
  }

  private mutating func unary(_ function: UnaryFunction, _ x: Value, _ f: inout FunctionWriter) -> Value {
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
      let result = f.value("call \(text(wide)) @\(MathLibrary.symbol(function))(\(text(wide)) \(wide.name))")
      if x.isVector { return Value(name: result, type: .f32, isVector: true) }
      return Value(name: f.value("extractelement \(text(wide)) \(result), i64 0"), type: .f32, isVector: false)
    }
  }

  private func binary(_ function: BinaryFunction, _ a: Value, _ b: Value, _ f: inout FunctionWriter) -> String {
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

  private func cast(_ x: Value, to type: ElementType, _ f: inout FunctionWriter) -> Value {
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
    default: preconditionFailure("no kernel casts \(x.type) to \(type) yet")
    }
    return Value(name: name, type: type, isVector: x.isVector)
  }

  // MARK: Memory

  private mutating func load(_ buffer: Int, _ at: Index, _ type: ElementType, _ f: inout FunctionWriter) -> Value {
    let stored = Self.stored(type)
    guard varies(at), let vectorAxis else {
      var position = first(at, &f)
      if let condition { position = f.value("select i1 \(condition), i64 \(position), i64 0") }
      let pointer = f.value("getelementptr \(stored), ptr \(buffers[buffer]), i64 \(position)")
      return narrow(f.value("load \(stored), ptr \(pointer)"), type, isVector: false, &f)
    }
    let vectorType = "<\(lanes) x \(stored)>"
    let lanesThere = combined(mask, condition, &f)
    let name: String
    if at.coefficient(of: vectorAxis) == 1 {
      let pointer = f.value("getelementptr \(stored), ptr \(buffers[buffer]), i64 \(first(at, &f))")
      if let lanesThere {
        let intrinsic = "llvm.masked.load.v\(lanes)\(Self.suffix(stored)).p0"
        f.declare("declare \(vectorType) @\(intrinsic)(ptr, i32, <\(lanes) x i1>, \(vectorType))")
        name = f.value(
          "call \(vectorType) @\(intrinsic)(ptr \(pointer), i32 \(type.size), <\(lanes) x i1> \(lanesThere), \(vectorType) zeroinitializer)")
      } else {
        name = f.value("load \(vectorType), ptr \(pointer), align \(type.size)")
      }
    } else {
      let pointers = f.value("getelementptr \(stored), ptr \(buffers[buffer]), <\(lanes) x i64> \(vector(at, &f))")
      let all = "<\((0..<lanes).map { _ in "i1 true" }.joined(separator: ", "))>"
      let intrinsic = "llvm.masked.gather.v\(lanes)\(Self.suffix(stored)).v\(lanes)p0"
      f.declare("declare \(vectorType) @\(intrinsic)(<\(lanes) x ptr>, i32, <\(lanes) x i1>, \(vectorType))")
      name = f.value(
        "call \(vectorType) @\(intrinsic)(<\(lanes) x ptr> \(pointers), i32 \(type.size), <\(lanes) x i1> \(lanesThere ?? all), \(vectorType) zeroinitializer)"
      )
    }
    return narrow(name, type, isVector: true, &f)
  }

  /// Stores `value` at `at` of `buffer`, in the lanes that exist.
  mutating func store(_ value: Value, _ buffer: Int, _ at: Index, _ f: inout FunctionWriter) {
    let stored = Self.stored(value.type)
    guard varies(at), let vectorAxis else {
      let pointer = f.value("getelementptr \(stored), ptr \(buffers[buffer]), i64 \(first(at, &f))")
      // Along an axis of one value only the first lane exists.
      let one = value.isVector ? Value(name: f.value("extractelement \(text(value)) \(value.name), i64 0"), type: value.type, isVector: false) : value
      f.run("store \(stored) \(widened(one, &f)), ptr \(pointer)")
      return
    }
    let vectorType = "<\(lanes) x \(stored)>"
    let data = widened(splat(value, &f), &f)
    if at.coefficient(of: vectorAxis) == 1 {
      let pointer = f.value("getelementptr \(stored), ptr \(buffers[buffer]), i64 \(first(at, &f))")
      guard let mask else {
        f.run("store \(vectorType) \(data), ptr \(pointer), align \(value.type.size)")
        return
      }
      let intrinsic = "llvm.masked.store.v\(lanes)\(Self.suffix(stored)).p0"
      f.declare("declare void @\(intrinsic)(\(vectorType), ptr, i32, <\(lanes) x i1>)")
      f.run("call void @\(intrinsic)(\(vectorType) \(data), ptr \(pointer), i32 \(value.type.size), <\(lanes) x i1> \(mask))")
    } else {
      let pointers = f.value("getelementptr \(stored), ptr \(buffers[buffer]), <\(lanes) x i64> \(vector(at, &f))")
      let all = "<\((0..<lanes).map { _ in "i1 true" }.joined(separator: ", "))>"
      let intrinsic = "llvm.masked.scatter.v\(lanes)\(Self.suffix(stored)).v\(lanes)p0"
      f.declare("declare void @\(intrinsic)(\(vectorType), <\(lanes) x ptr>, i32, <\(lanes) x i1>)")
      f.run("call void @\(intrinsic)(\(vectorType) \(data), <\(lanes) x ptr> \(pointers), i32 \(value.type.size), <\(lanes) x i1> \(mask ?? all))")
    }
  }

  private static func suffix(_ stored: String) -> String { stored == "float" ? "f32" : stored }

  private func narrow(_ name: String, _ type: ElementType, isVector: Bool, _ f: inout FunctionWriter) -> Value {
    guard type == .bool else { return Value(name: name, type: type, isVector: isVector) }
    let memory = isVector ? "<\(lanes) x i8>" : "i8"
    return Value(name: f.value("icmp ne \(memory) \(name), \(repeated("i8 0", "0", isVector))"), type: .bool, isVector: isVector)
  }

  private func widened(_ value: Value, _ f: inout FunctionWriter) -> String {
    guard value.type == .bool else { return value.name }
    return f.value("zext \(text(value)) \(value.name) to \(value.isVector ? "<\(lanes) x i8>" : "i8")")
  }

  /// The lanes of `mask`, none of them where `condition` doesn't hold.
  private func combined(_ mask: String?, _ condition: String?, _ f: inout FunctionWriter) -> String? {
    guard let condition else { return mask }
    let everywhere = splat(condition, "i1", &f)
    return mask.map { f.value("and <\(lanes) x i1> \($0), \(everywhere)") } ?? everywhere
  }

  // MARK: Conditions and loops

  private mutating func guarded(_ bounds: [Bounds], _ body: Scalar, _ otherwise: Double, _ f: inout FunctionWriter) -> Value {
    var inner = self
    inner.known = [:]
    var (uniform, lane): (String?, String?) = (condition, mask)
    var (ownUniform, ownLane): (String?, String?) = (nil, nil)
    for bound in bounds {
      // One comparison without a sign decides both ends.
      if varies(bound.index) {
        let inside = f.value("icmp ult <\(lanes) x i64> \(vector(bound.index, &f)), \(constant(bound.limit))")
        lane = lane.map { f.value("and <\(lanes) x i1> \($0), \(inside)") } ?? inside
        ownLane = ownLane.map { f.value("and <\(lanes) x i1> \($0), \(inside)") } ?? inside
      } else {
        let inside = f.value("icmp ult i64 \(first(bound.index, &f)), \(bound.limit)")
        uniform = uniform.map { f.value("and i1 \($0), \(inside)") } ?? inside
        ownUniform = ownUniform.map { f.value("and i1 \($0), \(inside)") } ?? inside
      }
    }
    inner.condition = uniform
    inner.mask = lane
    var value = inner.emit(body, &f)
    let outside = Value(name: Self.literal(otherwise, value.type), type: value.type, isVector: false)
    if let ownUniform {
      let (a, b, isVector) = matched(value, outside, &f)
      value = Value(name: f.value("select i1 \(ownUniform), \(text(a)) \(a.name), \(text(b)) \(b.name)"), type: value.type, isVector: isVector)
    }
    if let ownLane {
      let (a, b) = (splat(value, &f), splat(outside, &f))
      value = Value(name: f.value("select <\(lanes) x i1> \(ownLane), \(text(a)) \(a.name), \(text(b)) \(b.name)"), type: value.type, isVector: true)
    }
    return value
  }

  /// Whether the lanes of a reduction are better its own innermost axis than the space's.
  ///
  /// They are when the body's elements lie side by side along it, and not along the vector axis.
  private func reducesAcrossLanes(_ loops: [Axis], _ body: Scalar) -> Bool {
    guard vectorAxis == nil, let last = loops.last, last.extent > 1 else { return false }
    return !body.reduces
  }

  private mutating func reduce(_ combination: Combination, _ loops: [Axis], _ body: Scalar, _ f: inout FunctionWriter) -> Value {
    let acrossLanes = reducesAcrossLanes(loops, body)
    let isVector = acrossLanes || vectorAxis.map(body.mentions) ?? false
    let type = text(.f32, vector: isVector)
    precondition(body.type == .f32, "kernels combine f32 numbers")
    let identity = repeated("float \(Self.literal(combination.identity, .f32))", Self.literal(combination.identity, .f32), isVector)
    let sum = f.slot(type)
    f.run("store \(type) \(identity), ptr \(sum)")
    func accumulate(_ emitter: inout ScalarEmitter, _ f: inout FunctionWriter) {
      var value = emitter.emit(body, &f)
      if isVector { value = emitter.splat(value, &f) }
      if acrossLanes, let mask = emitter.mask {
        value = Value(name: f.value("select <\(lanes) x i1> \(mask), \(type) \(value.name), \(type) \(identity)"), type: .f32, isVector: true)
      }
      let before = Value(name: f.value("load \(type), ptr \(sum)"), type: .f32, isVector: isVector)
      let after = emitter.binary(combination == .sum ? .add : .maximum, before, value, &f)
      f.run("store \(type) \(after), ptr \(sum)")
    }
    let outer = acrossLanes ? loops.dropLast() : loops[...]
    nest(Array(outer), &f) { emitter, f in
      guard acrossLanes, let last = loops.last else { return accumulate(&emitter, &f) }
      emitter.vectorLoop(over: last, from: "0", to: "\(last.extent)", &f) { accumulate(&$0[0], &$1) }
    }
    let total = f.value("load \(type), ptr \(sum)")
    guard acrossLanes else { return Value(name: total, type: .f32, isVector: isVector) }
    let suffix = "v\(lanes)f32"
    if combination == .sum {
      f.declare("declare float @llvm.vector.reduce.fadd.\(suffix)(float, \(type))")
      return Value(name: f.value("call reassoc float @llvm.vector.reduce.fadd.\(suffix)(float -0.0, \(type) \(total))"), type: .f32, isVector: false)
    }
    f.declare("declare float @llvm.vector.reduce.fmax.\(suffix)(\(type))")
    return Value(name: f.value("call float @llvm.vector.reduce.fmax.\(suffix)(\(type) \(total))"), type: .f32, isVector: false)
  }

  /// Writes reductions over the same `loops` as one loop, for several vectors at a time.
  ///
  /// Neighbouring vectors are neighbours in memory, so that a row is read once and in order; sums of the same elements share their loads.
  static func reduceTogether(_ reductions: [Scalar], over loops: [Axis], _ emitters: inout [ScalarEmitter], _ f: inout FunctionWriter) {
    guard let lanes = emitters.first?.lanes else { return }
    let type = "<\(lanes) x float>"
    let parts = reductions.compactMap { scalar -> (combination: Combination, body: Scalar)? in
      guard case .reduce(let combination, _, let body) = scalar else { return nil }
      return (combination, body)
    }
    let sums = emitters.map { emitter in
      parts.map { part -> String in
        let slot = f.slot(type)
        let identity = emitter.repeated("float \(literal(part.combination.identity, .f32))", "", true)
        f.run("store \(type) \(identity), ptr \(slot)")
        return slot
      }
    }
    let outside = emitters
    outside[0].nest(loops, &f) { inside, f in
      for (emitter, sums) in zip(outside, sums) {
        var own = emitter
        own.known = [:]
        for axis in loops { own.axes[axis] = inside.axes[axis] }
        for (part, sum) in zip(parts, sums) {
          let value = own.splat(own.emit(part.body, &f), &f)
          let before = Value(name: f.value("load \(type), ptr \(sum)"), type: .f32, isVector: true)
          f.run("store \(type) \(own.binary(part.combination == .sum ? .add : .maximum, before, value, &f)), ptr \(sum)")
        }
      }
    }
    for i in emitters.indices {
      for (scalar, sum) in zip(reductions, sums[i]) {
        emitters[i].known[scalar] = Value(name: f.value("load \(type), ptr \(sum)"), type: .f32, isVector: true)
      }
    }
  }

  /// Runs `body` for all values of `loops`, with an emitter that knows them.
  func nest(_ loops: [Axis], _ f: inout FunctionWriter, _ body: (inout ScalarEmitter, inout FunctionWriter) -> Void) {
    var emitter = self
    emitter.known = [:]
    guard let axis = loops.first else { return body(&emitter, &f) }
    let rest = Array(loops.dropFirst())
    f.loop("i\(axis.id)", from: "0", to: "\(axis.extent)") { f, value in
      var inner = emitter
      inner.axes[axis] = value
      inner.nest(rest, &f, body)
    }
  }

  /// Runs `body` over `axis` from `low` to `high` in vectors, `width` of them at a time where there are so many; the last, partial one is masked.
  ///
  /// The body gets an emitter a vector.
  func vectorLoop(
    over axis: Axis, from low: String, to high: String, width: Int = 1, _ f: inout FunctionWriter,
    _ body: (inout [ScalarEmitter], inout FunctionWriter) -> Void
  ) {
    func emitter(at value: String, mask: String?) -> ScalarEmitter {
      var emitter = self
      emitter.known = [:]
      emitter.vectorAxis = axis
      emitter.axes[axis] = value
      if let mask { emitter.mask = mask }
      return emitter
    }
    let length = Int(high).flatMap { h in Int(low).map { h - $0 } }
    /// The end of the part that whole groups of `step` make up.
    func end(from start: String, step: Int, _ f: inout FunctionWriter) -> String {
      if let start = Int(start), let high = Int(high) { return "\(start + (high - start) / step * step)" }
      let count = f.value("sub nsw i64 \(high), \(start)")
      return f.add(start, f.multiply(f.value("sdiv i64 \(count), \(step)"), step))
    }
    var whole = low
    for group in Set([width, 1]).sorted(by: >) where length.map({ $0 >= group * lanes }) ?? true {
      let start = whole
      whole = end(from: start, step: group * lanes, &f)
      if start == whole { continue }
      f.loop("vector", from: start, to: whole, step: group * lanes) { f, value in
        var inner = (0..<group).map { emitter(at: f.add(value, "\($0 * lanes)"), mask: nil) }
        body(&inner, &f)
      }
    }
    if length.map({ $0 % lanes == 0 }) ?? false { return }
    func tail(_ f: inout FunctionWriter) {
      let rest = f.value("sub nsw i64 \(high), \(whole)")
      let steps = (0..<lanes).map { "i64 \($0)" }.joined(separator: ", ")
      var inner = [emitter(at: whole, mask: f.value("icmp slt <\(lanes) x i64> <\(steps)>, \(splat(rest, "i64", &f))"))]
      body(&inner, &f)
    }
    if length != nil { return tail(&f) }
    f.branch(f.value("icmp slt i64 \(whole), \(high)"), { tail(&$0) })
  }

  // MARK: Random numbers

  /// Philox4x32-10, a counter a lane.
  private mutating func random(_ stream: UInt32, _ seed: Value, _ step: Value, _ element: Index, _ f: inout FunctionWriter) -> Value {
    let isVector = varies(element)
    let (narrow, wide) = isVector ? ("<\(lanes) x i32>", "<\(lanes) x i64>") : ("i32", "i64")
    func constant(_ value: UInt32) -> String { repeated("i32 \(Int32(bitPattern: value))", "\(Int32(bitPattern: value))", isVector) }
    func constant64(_ value: UInt64) -> String { repeated("i64 \(value)", "\(value)", isVector) }
    let position = isVector ? vector(element, &f) : first(element, &f)
    var counter = [
      f.value("trunc \(wide) \(position) to \(narrow)"),
      f.value("trunc \(wide) \(f.value("lshr \(wide) \(position), \(constant64(32))")) to \(narrow)"),
      isVector ? splat(step, &f).name : step.name, constant(0),
    ]
    var key = isVector ? splat(seed, &f).name : seed.name
    var streamKey = stream
    for round in 0..<10 {
      func product(_ x: String, _ multiplier: UInt32) -> (high: String, low: String) {
        let full = f.value("mul \(wide) \(f.value("zext \(narrow) \(x) to \(wide)")), \(constant64(UInt64(multiplier)))")
        let high = f.value("trunc \(wide) \(f.value("lshr \(wide) \(full), \(constant64(32))")) to \(narrow)")
        return (high, f.value("trunc \(wide) \(full) to \(narrow)"))
      }
      let (a, b) = (product(counter[0], 0xd251_1f53), product(counter[2], 0xcd9e_8d57))
      func xor(_ x: String, _ y: String) -> String { f.value("xor \(narrow) \(x), \(y)") }
      counter = [xor(xor(b.high, counter[1]), key), b.low, xor(xor(a.high, counter[3]), constant(streamKey)), a.low]
      if round < 9 {
        key = f.value("add \(narrow) \(key), \(constant(0x9e37_79b9))")
        streamKey &+= 0xbb67_ae85
      }
    }
    return Value(name: counter[0], type: .i32, isVector: isVector)
  }
}
