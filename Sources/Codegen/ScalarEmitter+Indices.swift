import Loops
import Tensors

extension ScalarEmitter {
  /// Whether `index` is a different number in each lane.
  func varies(_ index: Index) -> Bool { vectorAxis.map(index.mentions) ?? false }

  /// The index in the first lane, an i64.
  mutating func first(_ index: Index, _ f: inout FunctionWriter) -> String {
    let position = position(index, &f)
    return f.add(position.start, "\(position.offset)")
  }

  /// The index in the first lane.
  private mutating func position(_ index: Index, _ f: inout FunctionWriter) -> Position {
    var sum = Position("0", offset: index.constant)
    for term in index.terms {
      let atom: Position
      switch term.atom {
      case .axis(let axis):
        guard let value = axes[axis] else { preconditionFailure("axis \(axis.id) has no value here") }
        atom = value
      case .quotient(let inner, let divisor):
        let inner0 = first(inner, &f)
        atom = Position(quotient(inner0, divisor, isNegative: inner.range.lowerBound < 0, &f))
      case .remainder(let inner, let divisor):
        let inner0 = first(inner, &f)
        let whole = quotient(inner0, divisor, isNegative: inner.range.lowerBound < 0, &f)
        atom = Position(f.add(inner0, f.multiply(whole, -divisor)))
      case .value(let scalar, let below):
        atom = Position(bounded(emit(scalar, &f), below, &f))
      }
      sum = Position(f.add(sum.start, f.multiply(atom.start, term.factor)), offset: sum.offset + atom.offset * term.factor)
    }
    return sum
  }

  /// The address of the element at `index` of `buffer`, whose elements are of LLVM's type `stored`; in the first lane.
  ///
  /// The number that is known comes last, so that neighbours share the rest and LLVM finds one register with several displacements.
  mutating func address(_ buffer: Int, _ index: Index, _ stored: String, _ f: inout FunctionWriter) -> String {
    let position = position(index, &f)
    let start = f.address(buffers[buffer], stored, position.start)
    return f.address(start, stored, "\(position.offset)")
  }

  func quotient(_ x: String, _ divisor: Int, isNegative: Bool, _ f: inout FunctionWriter) -> String {
    if let value = Int(x) { return "\(value.flooredQuotient(by: divisor))" }
    guard isNegative else { return f.pure("udiv i64 \(x), \(divisor)") }
    let (whole, rest) = (f.pure("sdiv i64 \(x), \(divisor)"), f.pure("srem i64 \(x), \(divisor)"))
    let below = f.pure("icmp slt i64 \(rest), 0")
    return f.pure("select i1 \(below), i64 \(f.pure("sub i64 \(whole), 1")), i64 \(whole)")
  }

  /// A whole number that was read, as an i64 in 0..<`limit`: whatever a buffer holds, no access is made outside.
  func bounded(_ value: Value, _ limit: Int, _ f: inout FunctionWriter) -> String {
    precondition(!value.isVector, "an index that is read is one number here")
    let wide = f.pure("sext i32 \(value.name) to i64")
    return f.maximum(f.minimum(wide, "\(limit - 1)"), "0")
  }

  /// The index in every lane, `<lanes x i64>`.
  mutating func vector(_ index: Index, _ f: inout FunctionWriter) -> String {
    let wide = "<\(lanes) x i64>"
    guard let vectorAxis, varies(index) else { return splat(first(index, &f), "i64", &f) }
    if let coefficient = index.coefficient(of: vectorAxis) {
      let steps = (0..<lanes).map { "i64 \($0 * coefficient)" }.joined(separator: ", ")
      return f.pure("add nsw \(wide) \(splat(first(index, &f), "i64", &f)), <\(steps)>")
    }
    var sum = splat("\(index.constant)", "i64", &f)
    for term in index.terms {
      let atom: String
      switch term.atom {
      case .axis(let axis): atom = vector(Index(axis), &f)
      case .quotient(let inner, let divisor): atom = vectorQuotient(vector(inner, &f), divisor, inner, &f)
      case .remainder(let inner, let divisor):
        let value = vector(inner, &f)
        let whole = f.pure("mul \(wide) \(vectorQuotient(value, divisor, inner, &f)), \(constant(divisor))")
        atom = f.pure("sub \(wide) \(value), \(whole)")
      case .value(let scalar, let below):
        let read = splat(emit(scalar, &f), &f)
        let extended = f.pure("sext <\(lanes) x i32> \(read.name) to \(wide)")
        let low = f.pure("icmp slt \(wide) \(extended), zeroinitializer")
        let clamped = f.pure("select <\(lanes) x i1> \(low), \(wide) zeroinitializer, \(wide) \(extended)")
        let high = f.pure("icmp sgt \(wide) \(clamped), \(constant(below - 1))")
        atom = f.pure("select <\(lanes) x i1> \(high), \(wide) \(constant(below - 1)), \(wide) \(clamped)")
      }
      sum = f.pure("add nsw \(wide) \(sum), \(f.pure("mul nsw \(wide) \(atom), \(constant(term.factor))"))")
    }
    return sum
  }

  func vectorQuotient(_ x: String, _ divisor: Int, _ index: Index, _ f: inout FunctionWriter) -> String {
    let range = index.range
    let wide = "<\(lanes) x i64>"
    // Moved by a multiple of the divisor, a sum that may be negative divides without a sign.
    let shift = range.lowerBound < 0 ? -range.lowerBound.flooredQuotient(by: divisor) : 0
    let moved = shift == 0 ? x : f.pure("add nsw \(wide) \(x), \(constant(shift * divisor))")
    let quotient: String
    if range.upperBound + shift * divisor <= Int(Int32.max) {
      // 32-bit division by a constant is a few vector instructions; the 64-bit one is not.
      let narrow = f.pure("trunc \(wide) \(moved) to <\(lanes) x i32>")
      let divisors = (0..<lanes).map { _ in "i32 \(divisor)" }.joined(separator: ", ")
      quotient = f.pure("zext <\(lanes) x i32> \(f.pure("udiv <\(lanes) x i32> \(narrow), <\(divisors)>")) to \(wide)")
    } else {
      quotient = f.pure("udiv \(wide) \(moved), \(constant(divisor))")
    }
    return shift == 0 ? quotient : f.pure("sub nsw \(wide) \(quotient), \(constant(shift))")
  }

  func constant(_ value: Int) -> String { "<\((0..<lanes).map { _ in "i64 \(value)" }.joined(separator: ", "))>" }
}
