import Compiler
import Graph
import LLVM
import Operations
import Runtime
import Support
import Tensors

/// Numbers of each of the three tensors that the memory's bandwidth is measured with: together far more than any cache holds.
private let streamedNumbers = 8 << 20

/// Returns the most bytes that `threads` threads read and write in a second, in GB/s: a sum of two large tensors, by a kernel as any other.
func measuredBandwidth(of target: TargetMachine, threads: Int) throws -> Double {
  let type = TensorType(valid: .f32, [streamedNumbers])
  var graph = Graph(name: "bandwidth")
  let (x, y) = (try graph.one(Input(name: "x", type: type)), try graph.one(Input(name: "y", type: type)))
  graph.setOutput("sum", try graph.add(x, y))
  var compiler = Compiler(try CompilerOptions(target: target).caching())
  guard let plan = try compiler.compile(Program(graph: graph), for: .inference(outputs: nil)) else { preconditionFailure("nothing stops it") }
  let executor = try Executor(plan: plan, threads: threads)
  for name in ["x", "y"] { try executor.feed(name, Tensor(type.shape) { (_: Int) in 1 }) }
  let timing = try Timing(12) { try executor.step() }
  return Double(3 * type.byteCount) / timing.minimum / 1e9
}
