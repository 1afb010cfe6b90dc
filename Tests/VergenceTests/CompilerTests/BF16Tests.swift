import Compiler
import Graph
import LLVM
import Loops
import Operations
import Passes
import Support
import Tensors
import Testing

/// Activations in bf16: what is rounded, that the rest is exact, and by which instructions.
@Suite struct BF16Tests {
  /// This machine, with dot products of pairs and matrix registers where it has them; the same without matrix registers, if it has some; without products of pairs;
  /// and one with shorter vectors.
  static let machines: [TargetMachine] = {
    let host = TargetMachine.host()
    func without(_ name: String) -> TargetMachine {
      TargetMachine(triple: host.triple, features: host.features.filter { !$0.hasPrefix(name) && !$0.hasPrefix("amx") })
    }
    let plain = without("avx512bf16")
    return [host] + (host.hasMatrixRegisters ? [without("amx")] : []) + [plain, (try? TargetMachine(parsing: "avx2,fma")) ?? plain]
  }()

  @Test(arguments: machines) func castsRoundToTheNearestAndTiesToEven(machine: TargetMachine) throws {
    let graph = try Program(
      parsing: "graph @g(%x: f32[37]) {\n %h = cast %x {to = bf16} : bf16[37]\n %y = cast %h {to = f32} : f32[37]\n return %y\n}",
      operations: Catalogue.names
    ).graph
    let bits: [UInt32] = [
      0x3F80_0000, 0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x3F80_7FFF, 0xBF80_8000, 0xBF81_8000, 0, 0x8000_0000, 0x7F80_0000, 0xFF80_0000,
      0x7F7F_FFFF, 0x7FC0_0000, 0x7F80_0001, 0x0080_0000, 0x3EAA_AAAB,
    ]
    let numbers = (0..<37).map { Double(Float(bitPattern: bits[$0 % bits.count])) }
    var options = CompilerOptions(target: machine)
    options.precision = .bf16
    let y = try #require(try CompiledGraph(graph, options: options).run(["x": Tensor([37], numbers)])["y"] ?? nil)
    for (number, result) in zip(numbers, y.elements) {
      let expected = ElementType.roundedToBF16(number)
      #expect(result == expected || result.isNaN && expected.isNaN, "\(number) becomes \(result) instead of \(expected)")
    }
  }

  /// Whole numbers below 257 are bf16, and their sums below 2²⁴ are f32: nothing is rounded, so every difference is a mistake.
  @Test(arguments: machines, [0, 1, 2]) func wholeNumbersStayExact(machine: TargetMachine, shape: Int) throws {
    let (channels, kernel) = [(16, 3), (34, 2), (6, 1)][shape]
    let graph = try Self.layers(channels: channels, kernel: kernel, stride: shape == 1 ? 2 : 1)
    var options = CompilerOptions(target: machine)
    options.precision = .bf16
    try Self.expectExact(graph, options, threads: [1, 2, 3], seed: UInt32(shape))
  }

  /// Sizes that fill matrix registers, and such that don't: rows of two block sizes, columns past the last register, shorter steps; in sweeps, where caches are small.
  @Test(
    arguments: [
      (images: 36, channels: 64, kernel: 1, stride: 1), (images: 40, channels: 40, kernel: 3, stride: 1),
      (images: 67, channels: 24, kernel: 2, stride: 2),
      (images: 18, channels: 44, kernel: 3, stride: 2),
    ], [CacheSizes.standard, CacheSizes(first: 4 << 10, second: 16 << 10)])
  func matricesStayExact(shape: (images: Int, channels: Int, kernel: Int, stride: Int), caches: CacheSizes) throws {
    let graph = try Self.layers(images: shape.images, channels: shape.channels, kernel: shape.kernel, stride: shape.stride)
    var options = CompilerOptions()
    options.precision = .bf16
    options.caches = caches
    try Self.expectExact(graph, options, threads: [1, 3], seed: 7)
  }

  /// Runs `graph` on small whole numbers, which are to come out exactly.
  static func expectExact(_ graph: Graph, _ options: CompilerOptions, threads: [Int], seed: UInt32) throws {
    var source = RandomSource(seed: seed)
    var inputs: [String: Tensor] = [:]
    for node in graph.nodes {
      guard let input = node.operation as? Input else { continue }
      inputs[input.name] = Tensor(input.type.shape) { (_: Int) in source.oneIn(3) ? Double(Int.random(in: -1...1, using: &source)) : 0 }
    }
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    for count in threads {
      let actual = try CompiledGraph(graph, options: options, threads: count).run(inputs)
      for (name, tensor) in expected { #expect(actual[name] == tensor, "\(name) on \(count) threads") }
    }
  }

  @Test func matrixRegistersAreUsedWhereTheyAre() throws {
    let graph = try Self.layers(images: 36, channels: 64, kernel: 1, stride: 1)
    for features in [["avx512bf16"], ["avx512bf16", "amx-bf16"]] {
      var options = CompilerOptions(target: TargetMachine(triple: TargetMachine.host().triple, features: features))
      options.precision = .bf16
      var compiler = Compiler(options)
      let kernels = try #require(try compiler.kernelGraph(of: graph))
      let steps = kernels.invocations.compactMap { invocation -> Int?? in
        if case .contraction(let contraction) = invocation.body, contraction.isPaired { contraction.schedule?.matrixSteps } else { nil }
      }
      #expect(steps == (options.target.hasMatrixRegisters ? [16, 10, 16, 16] : [nil, nil, nil, nil]))
    }
  }

  @Test func convolutionsTakePairsAndKeepActivationsHalf() throws {
    var options = CompilerOptions()
    options.precision = .bf16
    var compiler = Compiler(options)
    let kernels = try #require(try compiler.kernelGraph(of: Self.layers(channels: 16, kernel: 3, stride: 1)))
    let convolutions = kernels.invocations.compactMap { invocation -> Contraction? in
      if case .contraction(let contraction) = invocation.body { contraction } else { nil }
    }
    // The first layer reads an input, which stays as it is given; its gradient's other operand is bf16.
    #expect(convolutions.filter(\.isPaired).map(\.role) == [.convolutionForward, .convolutionToData, .convolutionToWeights, .convolutionToWeights])
    #expect(convolutions.filter { !$0.isPaired }.map(\.role) == [.convolutionForward])
    let halves = Set(kernels.storages.filter { $0.type.element == .bf16 }.map(\.type.shape))
    #expect(halves == [[4, 6, 6, 20], [4, 8, 8, 16]])
  }

  /// A result of single precision fills as many bytes as twice as many halves: it must not be overwritten by them.
  @Test func halvesDoNotTakeThePlaceOfWiderNumbers() throws {
    let program = try Program(
      parsing: """
        graph @g(%a: f32[4096, 16], %b: f32[16, 16], %w: f32[1, 1, 16, 16]) {
          %p = product %a, %b {transpose_left = false, transpose_right = false} : f32[4096, 16]
          %q = pad %p {high = [4096, 0], interior = [0, 0], low = [0, 0], mode = zero} : f32[8192, 16]
          %x = reshape %q {shape = [8, 32, 32, 16]} : f32[8, 32, 32, 16]
          %y = convolution %x, %w {padding = valid, stride = [1, 1]} : f32[8, 32, 32, 16]
          return %y
        }
        """, operations: Catalogue.names)
    var source = RandomSource(seed: 4)
    var inputs: [String: Tensor] = [:]
    for node in program.graph.nodes {
      guard let input = node.operation as? Input else { continue }
      inputs[input.name] = Tensor(input.type.shape) { (_: Int) in Double(Int.random(in: -1...1, using: &source)) }
    }
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(program.graph, in: &environment)
    var options = CompilerOptions()
    options.precision = .bf16
    for threads in [1, 2, 4] { #expect(try CompiledGraph(program.graph, options: options, threads: threads).run(inputs) == expected, "\(threads)") }
  }

  @Test func roundingIsTheSameOnAnyNumberOfThreads() throws {
    let graph = try Self.layers(channels: 34, kernel: 3, stride: 1)
    let inputs = ExampleOperands(seed: 9).tensors(forInputsOf: graph, domain: -1...1)
    var options = CompilerOptions()
    options.precision = .bf16
    let one = try CompiledGraph(graph, options: options, threads: 1).run(inputs)
    for threads in [2, 3] {
      let many = try CompiledGraph(graph, options: options, threads: threads).run(inputs)
      for (name, tensor) in one { #expect(many[name] == tensor, "\(name) on \(threads) threads") }
    }
    // Half a unit of 8 bits in each factor, over sums of some hundred products.
    var environment = EvaluationEnvironment(inputs: inputs)
    for (name, tensor) in try Evaluator.run(graph, in: &environment) { try expectClose(one[name], tensor, tolerance: 0x1p-7, name) }
  }

  @Test func arithmeticOnHalvesIsRefused() throws {
    let program = try Program(
      parsing: "graph @g(%x: f32[3]) {\n %h = cast %x {to = bf16} : bf16[3]\n %y = relu %h : bf16[3]\n return %y\n}", operations: Catalogue.names)
    var compiler = Compiler(CompilerOptions())
    let problem = try #require(throws: Diagnostic.self) { _ = try compiler.compile(program, for: .asWritten) }
    #expect(problem.message == "'relu' has no kernel for bf16[3]")
  }

  /// Two layers and their backward passes, written out: a convolution of size 1, a rectifier, and one of `kernel`.
  private static func layers(images: Int = 4, channels: Int, kernel: Int, stride: Int) throws -> Graph {
    var g = Graph(name: "layers")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [images, 8, 8, 16])))
    let w1 = try g.one(Input(name: "w1", type: TensorType(.f32, [1, 1, 16, channels])))
    let w2 = try g.one(Input(name: "w2", type: TensorType(.f32, [kernel, kernel, channels, 20])))
    let h = try g.relu(try g.one(Convolution(stride: [1, 1]), x, w1))
    let y = try g.one(Convolution(stride: [stride, stride]), h, w2)
    let dy = try g.one(Input(name: "dy", type: g.type(of: y)))
    let half = try g.one(Cast(to: .f32), try g.one(Cast(to: .bf16), dy))
    let dh = try g.one(ConvolutionToData(stride: [stride, stride], height: 8, width: 8), half, w2)
    g.setOutput("y", y)
    g.setOutput("dw2", try g.one(ConvolutionToWeights(stride: [stride, stride], kernel: [kernel, kernel]), h, half))
    g.setOutput("dw1", try g.one(ConvolutionToWeights(stride: [1, 1], kernel: [1, 1]), x, dh))
    return g
  }
}
