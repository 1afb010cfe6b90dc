import Foundation
import Loops

/// Exponential, logarithm and hyperbolic tangent on vectors, as LLVM functions that the kernels inline.
///
/// - Numerics: at most 2 ULP of f32 over the whole range; exact at infinities, zeros and where the result overflows; what is not a number stays so.
/// - Source: the polynomials are those of Moshier's Cephes library (single precision: expf, logf, tanhf).
enum MathLibrary {
  static func symbol(_ function: UnaryFunction) -> String { "vergence.\(function.rawValue)" }

  /// The texts, for vectors of `lanes`, of those of `functions` that are the library's, and of those that they call.
  static func text(of functions: Set<UnaryFunction>, lanes: Int) -> [String] {
    let called = functions.contains(.tanh) ? functions.union([.exponential]) : functions
    let makers: [(UnaryFunction, (Int) -> String)] = [(.exponential, exponential), (.logarithm, logarithm), (.tanh, tanh)]
    return makers.filter { called.contains($0.0) }.map { $0.1(lanes) }
  }

  /// The declarations the functions need.
  static func declarations(lanes n: Int) -> [String] {
    ["fma", "rint", "fabs", "copysign"].map { name in
      let operands = Array(repeating: "<\(n) x float>", count: name == "fma" ? 3 : name == "copysign" ? 2 : 1).joined(separator: ", ")
      return "declare <\(n) x float> @llvm.\(name == "rint" ? "nearbyint" : name).v\(n)f32(\(operands))"
    }
  }

  /// e^x = 2^n · e^r with |r| ≤ ln 2 / 2; the power is applied in two halves, so that results near both ends of the range are right.
  private static func exponential(_ n: Int) -> String {
    var w = VectorWriter(lanes: n)
    let bounded = w.clamp("%x", -104, 89)
    let whole = w.call("nearbyint", w.multiply(bounded, w.float(1.442_695_040_888_963_4)))
    let r1 = w.fma(whole, w.float(-0.693_359_375), bounded)
    let r = w.fma(whole, w.float(2.121_944_400_546_905_8e-4), r1)
    let p = w.polynomial(r, [1.987_569_150_0e-4, 1.398_199_950_7e-3, 8.333_451_907_3e-3, 4.166_579_589_4e-2, 1.666_666_545_9e-1, 5.000_000_120_1e-1])
    let y = w.add(w.fma(p, w.multiply(r, r), r), w.float(1))
    let exponent = w.value("fptosi \(w.floats) \(whole) to \(w.ints)")
    let half = w.value("ashr \(w.ints) \(exponent), \(w.int(1))")
    let rest = w.value("sub \(w.ints) \(exponent), \(half)")
    let scaled = w.multiply(w.multiply(y, w.powerOfTwo(half)), w.powerOfTwo(rest))
    let isNumber = w.value("fcmp ord \(w.floats) %x, %x")
    w.result(w.select(isNumber, scaled, "%x"))
    return w.text(symbol(.exponential))
  }

  /// log x = n · ln 2 + log m with m in [√½, √2).
  private static func logarithm(_ n: Int) -> String {
    var w = VectorWriter(lanes: n)
    // Numbers below the smallest normal one are scaled up first.
    let isTiny = w.value("fcmp olt \(w.floats) %x, \(w.float(Double(Float.leastNormalMagnitude)))")
    let x = w.select(isTiny, w.multiply("%x", w.float(0x1p24)), "%x")
    let correction = w.select(isTiny, w.float(-24), w.float(0))
    let bits = w.value("bitcast \(w.floats) \(x) to \(w.ints)")
    // Subtracting √½'s bits puts the exponent's step at √½ instead of at 1.
    let moved = w.value("sub \(w.ints) \(bits), \(w.int(0x3f35_04f3))")
    let exponent = w.value("ashr \(w.ints) \(moved), \(w.int(23))")
    let mantissaBits = w.value("sub \(w.ints) \(bits), \(w.value("shl \(w.ints) \(exponent), \(w.int(23))"))")
    let m = w.subtract(w.value("bitcast \(w.ints) \(mantissaBits) to \(w.floats)"), w.float(1))
    let e = w.add(w.value("sitofp \(w.ints) \(exponent) to \(w.floats)"), correction)
    let z = w.multiply(m, m)
    let p = w.polynomial(
      m,
      [
        7.037_683_629_2e-2, -1.151_461_031_0e-1, 1.167_699_874_0e-1, -1.242_014_084_6e-1, 1.424_932_278_7e-1, -1.666_805_766_5e-1, 2.000_071_476_5e-1,
        -2.499_999_399_3e-1, 3.333_333_117_4e-1,
      ])
    let y0 = w.multiply(w.multiply(p, m), z)
    let y1 = w.fma(e, w.float(-2.121_944_400_546_905_8e-4), y0)
    let y2 = w.fma(z, w.float(-0.5), y1)
    let y = w.fma(e, w.float(0.693_359_375), w.add(m, y2))
    let isPositive = w.value("fcmp ogt \(w.floats) %x, zeroinitializer")
    let isZero = w.value("fcmp oeq \(w.floats) %x, zeroinitializer")
    let isInfinite = w.value("fcmp oeq \(w.floats) %x, \(w.float(.infinity))")
    let finite = w.select(isPositive, y, w.select(isZero, w.float(-.infinity), w.float(.nan)))
    w.result(w.select(isInfinite, "%x", finite))
    return w.text(symbol(.logarithm))
  }

  /// x + x³·P(x²) near 0, 1 − 2/(e^2|x| + 1) with x's sign elsewhere.
  private static func tanh(_ n: Int) -> String {
    var w = VectorWriter(lanes: n)
    let magnitude = w.call("fabs", "%x")
    let z = w.multiply("%x", "%x")
    let p = w.polynomial(z, [-5.704_988_727_45e-3, 2.063_908_879_54e-2, -5.373_971_555_31e-2, 1.333_144_220_36e-1, -3.333_328_194_22e-1])
    let near = w.fma(w.multiply(p, z), "%x", "%x")
    let doubled = w.add(magnitude, magnitude)
    let power = w.value("call \(w.floats) @\(symbol(.exponential))(\(w.floats) \(doubled))")
    let quotient = w.value("fdiv \(w.floats) \(w.float(2)), \(w.add(power, w.float(1)))")
    let far = w.value("call \(w.floats) @llvm.copysign.v\(n)f32(\(w.floats) \(w.subtract(w.float(1), quotient)), \(w.floats) %x)")
    let isFar = w.value("fcmp ogt \(w.floats) \(magnitude), \(w.float(0.625))")
    w.result(w.select(isFar, far, near))
    return w.text(symbol(.tanh))
  }
}

/// Writes a function from one vector to another.
private struct VectorWriter {
  let lanes: Int
  private var lines: [String] = []

  init(lanes: Int) { self.lanes = lanes }

  var floats: String { "<\(lanes) x float>" }
  var ints: String { "<\(lanes) x i32>" }

  mutating func value(_ instruction: String) -> String {
    lines.append("  %t\(lines.count) = \(instruction)")
    return "%t\(lines.count - 1)"
  }

  func float(_ number: Double) -> String {
    let bits = String(Double(Float(number)).bitPattern, radix: 16, uppercase: true)
    let literal = "float 0x" + String(repeating: "0", count: 16 - bits.count) + bits
    return "<\((0..<lanes).map { _ in literal }.joined(separator: ", "))>"
  }

  func int(_ number: Int32) -> String { "<\((0..<lanes).map { _ in "i32 \(number)" }.joined(separator: ", "))>" }

  mutating func add(_ a: String, _ b: String) -> String { value("fadd \(floats) \(a), \(b)") }
  mutating func subtract(_ a: String, _ b: String) -> String { value("fsub \(floats) \(a), \(b)") }
  mutating func multiply(_ a: String, _ b: String) -> String { value("fmul \(floats) \(a), \(b)") }
  mutating func call(_ name: String, _ x: String) -> String { value("call \(floats) @llvm.\(name).v\(lanes)f32(\(floats) \(x))") }
  mutating func fma(_ a: String, _ b: String, _ c: String) -> String {
    value("call \(floats) @llvm.fma.v\(lanes)f32(\(floats) \(a), \(floats) \(b), \(floats) \(c))")
  }
  mutating func select(_ condition: String, _ a: String, _ b: String) -> String {
    value("select <\(lanes) x i1> \(condition), \(floats) \(a), \(floats) \(b)")
  }

  /// x, not below `low` nor above `high`; what is not a number becomes `low`.
  mutating func clamp(_ x: String, _ low: Double, _ high: Double) -> String {
    let above = select(value("fcmp ogt \(floats) \(x), \(float(low))"), x, float(low))
    return select(value("fcmp olt \(floats) \(above), \(float(high))"), above, float(high))
  }

  /// The polynomial in `x` with `coefficients`, the highest power's first.
  mutating func polynomial(_ x: String, _ coefficients: [Double]) -> String {
    var sum = float(coefficients[0])
    for coefficient in coefficients.dropFirst() { sum = fma(sum, x, float(coefficient)) }
    return sum
  }

  /// 2 to the power of a whole number in −126...127.
  mutating func powerOfTwo(_ exponent: String) -> String {
    let biased = value("add \(ints) \(exponent), \(int(127))")
    return value("bitcast \(ints) \(value("shl \(ints) \(biased), \(int(23))")) to \(floats)")
  }

  mutating func result(_ name: String) { lines.append("  ret \(floats) \(name)") }

  func text(_ symbol: String) -> String {
    (["define internal \(floats) @\(symbol)(\(floats) %x) #1 {"] + lines + ["}"]).joined(separator: "\n")
  }
}
