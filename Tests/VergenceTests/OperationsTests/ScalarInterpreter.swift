import Foundation
import Loops
import Support
import Tensors
import Testing

/// Computes kernel expressions in double precision, with every load checked.
struct ScalarInterpreter {
  let buffers: [Tensor]
  /// The values of the axes.
  var axes: [Axis: Int] = [:]
  /// In a contraction's epilogue, the finished sum.
  var accumulator: Double?

  init(buffers: [Tensor]) { self.buffers = buffers }

  func value(_ index: Index) throws -> Int {
    try index.terms.reduce(index.constant) { sum, term in
      let atom =
        switch term.atom {
        case .axis(let axis): try #require(axes[axis], "axis \(axis.id) is bound")
        case .quotient(let part, let divisor): try value(part).flooredQuotient(by: divisor)
        case .remainder(let part, let divisor): try value(part) - value(part).flooredQuotient(by: divisor) * divisor
        case .value(let scalar, _): Int(try value(scalar))
        }
      #expect(term.atom.range.contains(atom), "\(atom) is outside the atom's range")
      return sum + term.factor * atom
    }
  }

  func value(_ scalar: Scalar) throws -> Double {
    switch scalar {
    case .constant(let value, _): return value
    case .load(let buffer, let at, _):
      let position = try value(at)
      try #require(buffers[buffer].elements.indices.contains(position), "load \(position) of buffer \(buffer) lies in it")
      return buffers[buffer].elements[position]
    case .index(let index): return Double(try value(index))
    case .unary(let f, let x): return apply(f, try value(x))
    case .binary(let f, let x, let y): return apply(f, try value(x), try value(y), whole: x.type == .i32)
    case .compare(let relation, let x, let y): return holds(relation, try value(x), try value(y)) ? 1 : 0
    case .select(let condition, let x, let y): return try value(condition) != 0 ? value(x) : value(y)
    case .cast(let x, let type): return type == .i32 ? try value(x).rounded(.towardZero) : try value(x)
    case .guarded(let bounds, let x, let otherwise):
      return try bounds.allSatisfy { (0..<$0.limit).contains(try value($0.index)) } ? value(x) : otherwise
    case .reduce(let combination, let over, let body):
      var (result, inner) = (combination.identity, self)
      try Tensor.forEachIndex(of: over.map(\.extent)) { at in
        for (axis, value) in zip(over, at) { inner.axes[axis] = value }
        let element = try inner.value(body)
        result = combination == .sum ? result + element : max(result, element)
      }
      return result
    case .random(let stream, let seed, let step, let element):
      let draws = Philox(seed: try word(seed), stream: stream)
      return Double(draws.words(element: UInt64(try value(element)), step: UInt64(try word(step)))[0])
    case .unitInterval(let x): return (try value(x) / 256).rounded(.down) * 0x1p-24
    case .integer(let x, let bound): return Double(UInt32(try value(x)).multipliedFullWidth(by: UInt32(bound)).high)
    case .pair(let x, let y):
      return Double(Int32(bitPattern: Float(try value(y)).bitPattern & 0xFFFF_0000 | Float(try value(x)).bitPattern >> 16))
    case .accumulator: return try #require(accumulator)
    }
  }

  private func word(_ scalar: Scalar) throws -> UInt32 { UInt32(bitPattern: Int32(try value(scalar))) }

  private func apply(_ f: UnaryFunction, _ x: Double) -> Double {
    switch f {
    case .negate: -x
    case .absolute: abs(x)
    case .exponential: exp(x)
    case .logarithm: log(x)
    case .tanh: tanh(x)
    case .squareRoot: x.squareRoot()
    case .floor: x.rounded(.down)
    case .not: x == 0 ? 1 : 0
    }
  }

  private func apply(_ f: BinaryFunction, _ x: Double, _ y: Double, whole: Bool) -> Double {
    switch f {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: whole ? (x / y).rounded(.towardZero) : x / y
    case .maximum: max(x, y)
    case .minimum: min(x, y)
    case .and: x != 0 && y != 0 ? 1 : 0
    case .or: x != 0 || y != 0 ? 1 : 0
    }
  }

  private func holds(_ relation: Relation, _ x: Double, _ y: Double) -> Bool {
    switch relation {
    case .equal: x == y
    case .unequal: x != y
    case .less: x < y
    case .lessOrEqual: x <= y
    case .greater: x > y
    case .greaterOrEqual: x >= y
    }
  }
}
