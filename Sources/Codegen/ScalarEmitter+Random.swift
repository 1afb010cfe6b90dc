import Loops
import Support
import Tensors

extension ScalarEmitter {
  /// Philox4x32-10, a counter a lane.
  mutating func random(_ stream: UInt32, _ seed: Value, _ step: Value, _ element: Index, _ f: inout FunctionWriter) -> Value {
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
    for round in 1...Philox.rounds {
      func product(_ x: String, _ multiplier: UInt32) -> (high: String, low: String) {
        let full = f.value("mul \(wide) \(f.value("zext \(narrow) \(x) to \(wide)")), \(constant64(UInt64(multiplier)))")
        let high = f.value("trunc \(wide) \(f.value("lshr \(wide) \(full), \(constant64(32))")) to \(narrow)")
        return (high, f.value("trunc \(wide) \(full) to \(narrow)"))
      }
      let (a, b) = (product(counter[0], Philox.multipliers.0), product(counter[2], Philox.multipliers.1))
      func xor(_ x: String, _ y: String) -> String { f.value("xor \(narrow) \(x), \(y)") }
      counter = [xor(xor(b.high, counter[1]), key), b.low, xor(xor(a.high, counter[3]), constant(streamKey)), a.low]
      if round < Philox.rounds {
        key = f.value("add \(narrow) \(key), \(constant(Philox.weyl.0))")
        streamKey &+= Philox.weyl.1
      }
    }
    return Value(name: counter[0], type: .i32, isVector: isVector)
  }
}
