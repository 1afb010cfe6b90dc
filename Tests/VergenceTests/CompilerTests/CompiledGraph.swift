import Compiler
import Graph
import LLVM
import Operations
import PlanFile
import Runtime
import Support
import Tensors
import Testing

/// A graph compiled and run, for comparison with the evaluator.
struct CompiledGraph {
  let executor: Executor

  init(_ graph: Graph, options: CompilerOptions = CompilerOptions(), threads: Int = 2) throws {
    var compiler = Compiler(options)
    let plan = try #require(try compiler.compile(Program(graph: graph), for: .inference(outputs: nil)))
    try self.init(plan: plan, threads: threads)
  }

  init(plan: Plan, threads: Int = 2) throws { executor = try Executor(plan: plan, threads: threads) }

  /// The outputs for `inputs`, by name.
  func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    for input in executor.plan.manifest.inputs {
      let tensor = try #require(inputs[input.name])
      try executor.withInput(input.name) { bytes in
        for (i, number) in tensor.elements.enumerated() { bytes.store(number, at: i, as: input.element) }
      }
    }
    try executor.step()
    var outputs: [String: Tensor] = [:]
    for output in executor.plan.manifest.outputs {
      outputs[output.name] = try executor.withOutput(output.name) { bytes in
        Tensor(output.shape) { (i: Int) in bytes.number(at: i, as: output.element) }
      }
    }
    return outputs
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Puts `number` in place `i` of elements of type `element`.
  fileprivate func store(_ number: Double, at i: Int, as element: ElementType) {
    switch element {
    case .f32: storeBytes(of: Float(number), toByteOffset: 4 * i, as: Float.self)
    case .i32: storeBytes(of: Int32(number), toByteOffset: 4 * i, as: Int32.self)
    case .bool: storeBytes(of: number == 0 ? 0 : 1, toByteOffset: i, as: UInt8.self)
    case .bf16: storeBytes(of: UInt16(Float(number).bitPattern >> 16), toByteOffset: 2 * i, as: UInt16.self)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The number in place `i` of elements of type `element`.
  fileprivate func number(at i: Int, as element: ElementType) -> Double {
    switch element {
    case .f32: Double(load(fromByteOffset: 4 * i, as: Float.self))
    case .i32: Double(load(fromByteOffset: 4 * i, as: Int32.self))
    case .bool: Double(load(fromByteOffset: i, as: UInt8.self))
    case .bf16: Double(Float(bitPattern: UInt32(load(fromByteOffset: 2 * i, as: UInt16.self)) << 16))
    }
  }
}

/// Expects `actual` to be `expected` but for the roundings of single precision: within `tolerance` of the largest element, or of 1.
func expectClose(_ actual: Tensor?, _ expected: Tensor, tolerance: Double, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let actual = try #require(actual, "\(what) is missing", sourceLocation: sourceLocation)
  #expect(actual.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  let limit = tolerance * max(1, expected.elements.map(abs).filter(\.isFinite).max() ?? 0)
  let differences = zip(actual.elements, expected.elements).map { $0 == $1 || $0.isNaN && $1.isNaN ? 0 : abs($0 - $1) }
  let worst = differences.indices.max { !(differences[$0] >= differences[$1]) } ?? 0
  if let difference = differences.isEmpty ? nil : differences[worst] {
    #expect(
      difference <= limit, "\(what)[\(worst)] is \(actual.elements[worst]) instead of \(expected.elements[worst])", sourceLocation: sourceLocation)
  }
}
