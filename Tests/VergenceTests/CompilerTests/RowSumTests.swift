import Compiler
import Graph
import LLVM
import Loops
import Operations
import Passes
import Support
import Tensors
import Testing

/// Batch norm between convolutions, whose sums ride on the convolutions' tiles.
@Suite struct RowSumTests {
  /// Images, their size, channels in and out, kernel and stride of the layer before batch norm and of the one after it.
  struct Layers: Sendable, CustomStringConvertible {
    let images: Int
    let size: Int
    let channels: (before: Int, between: Int, after: Int)
    let first: (kernel: Int, stride: Int)
    let second: (kernel: Int, stride: Int)

    var description: String { "\(images) images of \(size), \(channels), \(first), \(second)" }

    static let all = [
      // Pixels as rows, in groups.
      Layers(images: 6, size: 16, channels: (24, 64, 16), first: (1, 1), second: (1, 1)),
      // Images as rows, with columns that fill no vector; a second layer whose stride leaves pixels out.
      Layers(images: 7, size: 13, channels: (3, 50, 10), first: (3, 1), second: (3, 2)),
      // More columns than a tile has.
      Layers(images: 5, size: 20, channels: (16, 130, 32), first: (4, 2), second: (1, 1)),
    ]
  }

  @Test(arguments: Layers.all, BF16Tests.machines) func theySumWhatTheEvaluatorSums(layers: Layers, machine: TargetMachine) throws {
    let graph = try Self.graph(layers)
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    let options = CompilerOptions(target: machine)
    #expect(try Self.rowSums(of: graph, options) == [2, 2])
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    let one = try CompiledGraph(graph, options: options, threads: 1)
    let result = try one.run(inputs)
    // Memory is zero only before the first step.
    #expect(try one.run(inputs) == result, "a second step")
    for (name, tensor) in expected { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
    for threads in [2, 3, 5] { #expect(try CompiledGraph(graph, options: options, threads: threads).run(inputs) == result, "\(threads) threads") }
  }

  @Test(arguments: Layers.all) func halvesDoTheSame(layers: Layers) throws {
    let graph = try Self.graph(layers)
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    var options = CompilerOptions()
    options.precision = .bf16
    #expect(try Self.rowSums(of: graph, options) == [2, 2])
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    let result = try CompiledGraph(graph, options: options, threads: 1).run(inputs)
    for name in ["mean", "variance"] { try expectClose(result[name], try #require(expected[name]), tolerance: 0.01, name) }
    for threads in [2, 3] { #expect(try CompiledGraph(graph, options: options, threads: threads).run(inputs) == result, "\(threads) threads") }
  }

  /// The numbers of sums over rows in each contraction that has any.
  private static func rowSums(of graph: Graph, _ options: CompilerOptions) throws -> [Int] {
    var compiler = Compiler(options)
    let optimized = try #require(try compiler.optimizedGraph(of: Program(graph: graph), for: .asWritten))
    let kernels = try #require(try compiler.kernelGraph(of: optimized))
    return kernels.invocations.compactMap { invocation in
      if case .contraction(let contraction) = invocation.body, !contraction.rowSums.isEmpty { contraction.rowSums.count } else { nil }
    }
  }

  /// A convolution, batch norm of two views, a rectifier and a convolution; and the gradient back to the first one's result.
  private static func graph(_ layers: Layers) throws -> Graph {
    var g = Graph(name: "layers")
    let (channels, size) = (layers.channels, layers.size)
    func weights(_ name: String, _ kernel: Int, _ from: Int, _ to: Int) throws -> ValueID {
      try g.one(Input(name: name, type: TensorType(.f32, [kernel, kernel, from, to])))
    }
    let images = try g.one(Input(name: "images", type: TensorType(.f32, [2 * layers.images, size, size, channels.before])))
    let (w1, w2) = (
      try weights("w1", layers.first.kernel, channels.before, channels.between),
      try weights("w2", layers.second.kernel, channels.between, channels.after)
    )
    let x = try g.one(Convolution(stride: [layers.first.stride, layers.first.stride]), images, w1)
    let between = g.type(of: x).shape
    let views = [2, layers.images] + between.dropFirst()
    let (scale, shift) = (
      try g.one(Input(name: "scale", type: TensorType(.f32, [channels.between]))),
      try g.one(Input(name: "shift", type: TensorType(.f32, [channels.between])))
    )
    let norm = try g.append(BatchNorm(epsilon: 1e-5, groups: 1), [g.reshape(x, to: views), scale, shift])
    let y = try g.relu(norm[0])
    let z = try g.one(Convolution(stride: [layers.second.stride, layers.second.stride]), g.reshape(y, to: between), w2)
    let dz = try g.one(Input(name: "dz", type: g.type(of: z)))
    let backward = ConvolutionToData(stride: [layers.second.stride, layers.second.stride], height: between[1], width: between[2])
    let dy = try g.reshape(g.one(backward, dz, w2), to: views)
    let masked = try g.select(g.compare(.greater, y, g.filled(0, like: y)), dy, g.filled(0, like: dy))
    let gradients = try g.append(BatchNormGradient(epsilon: 1e-5, groups: 1), [masked, g.reshape(x, to: views), scale, norm[1], norm[2]])
    for (name, value) in zip(["z", "mean", "variance", "dx", "dscale", "dshift"], [z, norm[1], norm[2]] + gradients) { g.setOutput(name, value) }
    return g
  }
}
