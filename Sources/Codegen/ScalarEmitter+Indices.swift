import Loops
import Tensors

extension ScalarEmitter {
  /// Whether `index` is a different number in each lane.
  func varies(_ index: Index) -> Bool { vectorAxis.map(index.mentions) ?? false }

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

  func quotient(_ x: String, _ divisor: Int, isNegative: Bool, _ f: inout FunctionWriter) -> String {
    if let value = Int(x) { return "\(value.flooredQuotient(by: divisor))" }
    guard isNegative else { return f.value("udiv i64 \(x), \(divisor)") }
    let (whole, rest) = (f.value("sdiv i64 \(x), \(divisor)"), f.value("srem i64 \(x), \(divisor)"))
    let below = f.value("icmp slt i64 \(rest), 0")
    return f.value("select i1 \(below), i64 \(f.value("sub i64 \(whole), 1")), i64 \(whole)")
  }

  /// A whole number that was read, as an i64 in 0..<`limit`: whatever a buffer holds, no access is made outside.
  func bounded(_ value: Value, _ limit: Int, _ f: inout FunctionWriter) -> String {
    precondition(!value.isVector, "an index that is read is one number here")
    let wide = f.value("sext i32 \(value.name) to i64")
    return f.maximum(f.minimum(wide, "\(limit - 1)"), "0")
  }

  /// The index in every lane, `<lanes x i64>`.
  mutating func vector(_ index: Index, _ f: inout FunctionWriter) -> String {
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

  func vectorQuotient(_ x: String, _ divisor: Int, _ index: Index, _ f: inout FunctionWriter) -> String {
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

  func constant(_ value: Int) -> String { "<\((0..<lanes).map { _ in "i64 \(value)" }.joined(separator: ", "))>" }
}
