import Loops
import Support
import Tensors

extension ScalarEmitter {
  /// Philox4x32-10, a counter a lane.
  ///
  /// Words stand in the lower halves of 64 bits, where their products fit; upper halves hold anything. The rounds are a loop: written out, they take LLVM ten times as long.
  mutating func random(_ stream: UInt32, _ seed: Value, _ step: Value, _ element: Index, _ f: inout FunctionWriter) -> Value {
    let isVector = varies(element)
    let (narrow, wide) = isVector ? ("<\(lanes) x i32>", "<\(lanes) x i64>") : ("i32", "i64")
    func constant(_ value: UInt32) -> String { repeated("i64 \(value)", "\(value)", isVector) }
    func upperHalf(_ x: String, _ f: inout FunctionWriter) -> String { f.value("lshr \(wide) \(x), \(constant(32))") }
    func word(_ value: Value, _ f: inout FunctionWriter) -> String {
      f.value("zext \(narrow) \(isVector ? splat(value, &f).name : value.name) to \(wide)")
    }
    let position = isVector ? vector(element, &f) : first(element, &f)
    // The counter's four words, and the key's two.
    let words = [position, upperHalf(position, &f), word(step, &f), constant(0), word(seed, &f), constant(stream)].map { start in
      let slot = f.slot(wide)
      f.run("store \(wide) \(start), ptr \(slot)")
      return slot
    }
    f.loop("round", from: "0", to: "\(Philox.rounds)") { f, _ in
      let now = words.map { f.value("load \(wide), ptr \($0)") }
      func product(_ x: String, _ multiplier: UInt32) -> String {
        f.value("mul \(wide) \(f.value("and \(wide) \(x), \(constant(.max))")), \(constant(multiplier))")
      }
      func xor(_ x: String, _ y: String) -> String { f.value("xor \(wide) \(x), \(y)") }
      let (a, b) = (product(now[0], Philox.multipliers.0), product(now[2], Philox.multipliers.1))
      let next = [
        xor(xor(upperHalf(b, &f), now[1]), now[4]), b, xor(xor(upperHalf(a, &f), now[3]), now[5]), a,
        f.value("add \(wide) \(now[4]), \(constant(Philox.weyl.0))"), f.value("add \(wide) \(now[5]), \(constant(Philox.weyl.1))"),
      ]
      for (slot, value) in zip(words, next) { f.run("store \(wide) \(value), ptr \(slot)") }
    }
    let result = f.value("trunc \(wide) \(f.value("load \(wide), ptr \(words[0])")) to \(narrow)")
    return Value(name: result, type: .i32, isVector: isVector)
  }
}
