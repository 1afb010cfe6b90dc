import Hashing
import Support
import Tensors

extension InitialValue {
  /// The elements of a tensor of `shape` called `name`, drawn under `seed`.
  package func elements(_ shape: [Int], name: String, seed: UInt32) -> [Float] {
    elements(0..<shape.reduce(1, *), of: shape, name: name, seed: seed)
  }

  /// Those of the elements whose row-major positions are in `range`: any part can be drawn without the others.
  package func elements(_ range: Range<Int>, of shape: [Int], name: String, seed: UInt32) -> [Float] {
    func uniform(from low: Double, to high: Double) -> [Float] {
      Philox(seed: seed, stream: "initial " + name).uniforms(range, step: 0).map { Float(low + (high - low) * $0) }
    }
    switch self {
    case .constant(let value): return Array(repeating: Float(value), count: range.count)
    case .uniform(let low, let high): return uniform(from: low, to: high)
    case .identity(let spread):
      let columns = shape.last ?? 1
      let rows = shape.count > 1 ? shape[shape.count - 2] : 1
      return zip(range, uniform(from: -spread, to: spread)).map { i, number in (i / columns) % rows == i % columns ? 1 : number }
    }
  }
}
