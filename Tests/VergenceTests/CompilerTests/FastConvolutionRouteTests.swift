import Codegen
import Compiler
import Graph
import LLVM
import Loops
import Operations
import Passes
import PlanFile
import Runtime
import Support
import Tensors
import Testing

/// Convolutions by transformed windows, compiled.
@Suite struct FastConvolutionRouteTests {
  /// All three passes of a convolution with several overlapping windows, a stride and pixels left over, and of one with one window an image.
  private static func graph() throws -> Graph {
    var g = Graph(name: "fast")
    for (name, images, weights, stride) in [("several", [3, 19, 15, 24], [4, 4, 24, 40], 2), ("one", [20, 7, 7, 33], [3, 3, 33, 18], 1)] {
      let x = try g.one(Input(name: "\(name).x", type: TensorType(.f32, images)))
      let w = try g.one(Input(name: "\(name).w", type: TensorType(.f32, weights)))
      let y = try g.convolution(try g.relu(x), w, stride: [stride, stride])
      let gradient = try g.one(Input(name: "\(name).g", type: g.type(of: y)))
      g.setOutput("\(name).forward", try g.relu(y))
      let toData = try g.one(ConvolutionToData(stride: [stride, stride], height: images[1], width: images[2]), gradient, w)
      g.setOutput("\(name).to_data", try g.add(toData, x))
      let toWeights = ConvolutionToWeights(stride: [stride, stride], kernel: Array(weights.prefix(2)))
      g.setOutput("\(name).to_weights", try g.one(toWeights, try g.relu(x), gradient))
    }
    return g
  }

  private static func options(_ route: ConvolutionRoute, _ machine: TargetMachine = .host()) -> CompilerOptions {
    var options = CompilerOptions(target: machine)
    options.convolutions = route
    return options
  }

  /// The products of windows in the kernels of `graph`.
  private static func products(in graph: Graph, _ options: CompilerOptions) throws -> Int {
    var compiler = Compiler(options)
    let optimized = try #require(try compiler.optimizedGraph(of: Program(graph: graph), for: .asWritten))
    return optimized.nodes.count { $0.operation is WindowProduct }
  }

  @Test(arguments: BF16Tests.machines) func theyAgreeWithTheEvaluatorOnAnyNumberOfThreads(machine: TargetMachine) throws {
    let graph = try Self.graph()
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    #expect(try Self.products(in: graph, Self.options(.fast, machine)) == 6)
    var environment = EvaluationEnvironment(inputs: inputs)
    let expected = try Evaluator.run(graph, in: &environment)
    let one = try CompiledGraph(graph, options: Self.options(.fast, machine), threads: 1)
    let result = try one.run(inputs)
    for (name, tensor) in expected { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
    for threads in [2, 3, 5] {
      #expect(try CompiledGraph(graph, options: Self.options(.fast, machine), threads: threads).run(inputs) == result, "\(threads) threads")
    }
  }

  @Test func smallOnesAreDirectUnlessAsked() throws {
    let graph = try Self.graph()
    #expect(try Self.products(in: graph, Self.options(.auto)) == 0)
    #expect(try Self.products(in: graph, Self.options(.direct)) == 0)
  }

  @Test func halvesAreDirect() throws {
    var options = Self.options(.fast)
    options.precision = .bf16
    #expect(try Self.products(in: Self.graph(), options) == 0)
  }

  /// The transforms of images and of the result's gradient serve two passes each.
  @Test func transformsAreShared() throws {
    var g = Graph(name: "layer")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [32, 7, 7, 256])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [3, 3, 256, 256])))
    let gradient = try g.one(Input(name: "g", type: TensorType(.f32, [32, 5, 5, 256])))
    g.setOutput("forward", try g.convolution(x, w, stride: [1, 1]))
    g.setOutput("to_data", try g.one(ConvolutionToData(stride: [1, 1], height: 7, width: 7), gradient, w))
    g.setOutput("to_weights", try g.one(ConvolutionToWeights(stride: [1, 1], kernel: [3, 3]), x, gradient))
    var compiler = Compiler(Self.options(.auto))
    let optimized = try #require(try compiler.optimizedGraph(of: Program(graph: g), for: .asWritten))
    let counts = Dictionary(optimized.nodes.map { ($0.mnemonic, 1) }, uniquingKeysWith: +)
    #expect(counts["unfold"] == 4 && counts["window_product"] == 3 && counts["fold"] == 3, "\(counts)")
  }

  /// Transformed weights that only one product reads are stored in its tile's blocks at once, also those with channels and filters exchanged.
  @Test(arguments: BF16Tests.machines) func weightsAreTransformedIntoBlocks(machine: TargetMachine) throws {
    var g = Graph(name: "blocks")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [60, 5, 5, 192])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [3, 3, 192, 192])))
    let gradient = try g.one(Input(name: "g", type: TensorType(.f32, [60, 3, 3, 192])))
    g.setOutput("forward", try g.convolution(x, w, stride: [1, 1]))
    g.setOutput("to_data", try g.one(ConvolutionToData(stride: [1, 1], height: 5, width: 5), gradient, w))
    let options = Self.options(.fast, machine)
    var compiler = Compiler(options)
    let optimized = try #require(try compiler.optimizedGraph(of: Program(graph: g), for: .asWritten))
    let kernels = try #require(try compiler.kernelGraph(of: optimized))
    #expect(kernels.invocations.map(\.label).count { $0 == "pack unfold" } == 2)
    #expect(!kernels.invocations.contains { $0.label == "pack" })
    // Weights are exchanged before they are transformed: no element is gathered.
    #expect(!kernels.invocations.contains { kernels.localized($0).kernel.isSlow })
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: g)
    var environment = EvaluationEnvironment(inputs: inputs)
    let result = try CompiledGraph(g, options: options).run(inputs)
    for (name, tensor) in try Evaluator.run(g, in: &environment) { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
  }

  /// All three passes of a layer whose windows are too many to keep, with a stride and overlaps, and a rest of two channels.
  private static func largeLayer() throws -> Graph {
    var g = Graph(name: "large")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [2, 24, 31, 31, 34])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [4, 4, 34, 66])))
    let gradient = try g.one(Input(name: "g", type: TensorType(.f32, [2, 24, 14, 14, 66])))
    let y = try g.convolution(try g.relu(x), w, stride: [2, 2])
    g.setOutput("forward", try g.relu(y))
    let masked = try g.multiply(gradient, gradient)
    g.setOutput("to_data", try g.add(try g.one(ConvolutionToData(stride: [2, 2], height: 31, width: 31), masked, w), x))
    g.setOutput("to_weights", try g.one(ConvolutionToWeights(stride: [2, 2], kernel: [4, 4]), try g.relu(x), masked))
    return g
  }

  /// A layer whose windows are too many to keep, and whose results no window divides: one row and one column of zeros follow.
  private static func unevenLayer() throws -> Graph {
    var g = Graph(name: "uneven")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [30, 25, 25, 18])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [3, 3, 18, 33])))
    let gradient = try g.one(Input(name: "g", type: TensorType(.f32, [30, 23, 23, 33])))
    g.setOutput("forward", try g.relu(try g.convolution(try g.relu(x), w, stride: [1, 1])))
    let masked = try g.multiply(gradient, gradient)
    g.setOutput("to_data", try g.add(try g.one(ConvolutionToData(stride: [1, 1], height: 25, width: 25), masked, w), x))
    g.setOutput("to_weights", try g.one(ConvolutionToWeights(stride: [1, 1], kernel: [3, 3]), try g.relu(x), masked))
    return g
  }

  /// The images' gradient is summed over overlapping windows, inside and beyond the rows that are cut away, and its sums follow the stream all the same.
  @Test(arguments: BF16Tests.machines) func windowsThatDoNotDivideTheResultsAreStreamed(machine: TargetMachine) throws {
    let graph = try Self.unevenLayer()
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    let expected = try CompiledGraph(graph, options: Self.options(.direct, machine)).run(inputs)
    let one = try CompiledGraph(graph, options: Self.options(.fast, machine), threads: 1)
    #expect(one.executor.plan.schedule.streams.count == 2 && one.executor.plan.schedule.streams.allSatisfy { $0.chunks > 1 })
    #expect(one.executor.plan.manifest.arenaBytes < 4 << 20)
    let result = try one.run(inputs)
    for (name, tensor) in expected { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
    for threads in [2, 3, 5] {
      #expect(try CompiledGraph(graph, options: Self.options(.fast, machine), threads: threads).run(inputs) == result, "\(threads) threads")
    }
  }

  /// 25 matrices of whole pages would meet in one set of a cache; a line more keeps them apart.
  @Test(arguments: BF16Tests.machines) func windowsLieApart(machine: TargetMachine) throws {
    var g = Graph(name: "apart")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [16, 7, 7, 64])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [3, 3, 64, 64])))
    g.setOutput("y", try g.convolution(x, w, stride: [1, 1]))
    let options = Self.options(.fast, machine)
    var compiler = Compiler(options)
    let optimized = try #require(try compiler.optimizedGraph(of: Program(graph: g), for: .asWritten))
    let kernels = try #require(try compiler.kernelGraph(of: optimized))
    // The images' windows and their products: 64 windows of 64 channels, and 25 kinds.
    #expect(kernels.storages.count { $0.type.shape == [25, 64 * 64 + 16] } >= 2)
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: g)
    var environment = EvaluationEnvironment(inputs: inputs)
    let result = try CompiledGraph(g, options: options).run(inputs)
    for (name, tensor) in try Evaluator.run(g, in: &environment) { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
  }

  /// Windows of one chunk at a time, in memory that the next one takes: as direct convolutions, and the same bits on any number of threads and in a second run.
  @Test(arguments: BF16Tests.machines) func windowsThatAreTooManyAreStreamed(machine: TargetMachine) throws {
    let graph = try Self.largeLayer()
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: graph)
    let expected = try CompiledGraph(graph, options: Self.options(.direct, machine)).run(inputs)
    let one = try CompiledGraph(graph, options: Self.options(.fast, machine), threads: 1)
    #expect(one.executor.plan.schedule.streams.map(\.count).sorted() == [4, 5], "\(one.executor.plan.schedule.streams)")
    #expect(one.executor.plan.schedule.streams.allSatisfy { $0.chunks == 2 })
    let result = try one.run(inputs)
    for (name, tensor) in expected { try expectClose(result[name], tensor, tolerance: 2e-5, name) }
    #expect(try one.run(inputs) == result)
    for threads in [2, 3, 5] {
      #expect(try CompiledGraph(graph, options: Self.options(.fast, machine), threads: threads).run(inputs) == result, "\(threads) threads")
    }
  }

  /// A stream runs again as other kernels do, with tables of its own: to the same bits.
  @Test func aBudgetRunsStreamsAgain() throws {
    var g = Graph(name: "again")
    func layer(_ name: String) throws -> ValueID {
      let x = try g.one(Input(name: "\(name).x", type: TensorType(.f32, [30, 26, 26, 18])))
      let w = try g.one(Input(name: "\(name).w", type: TensorType(.f32, [3, 3, 18, 33])))
      return try g.convolution(x, w, stride: [1, 1])
    }
    let (first, second) = (try layer("first"), try layer("second"))
    let size = g.type(of: second).shape
    func sum(_ value: ValueID) throws -> ValueID { try g.broadcast(try g.reduce(.sum, value, over: [0, 1, 2, 3]), to: size, dimensions: []) }
    let spread = try sum(try g.relu(try g.subtract(second, try sum(second))))
    // The first layer's result waits until the second's is used up.
    let total = try sum(try g.relu(first))
    g.setOutput("y", try g.multiply(try g.add(first, spread), total))
    func compiled(_ budget: Int?) throws -> Plan {
      var options = Self.options(.fast)
      options.memoryBudget = budget
      var compiler = Compiler(options)
      return try #require(try compiler.compile(Program(graph: g), for: .inference(outputs: nil)))
    }
    let standard = try compiled(nil)
    let small = try compiled(standard.manifest.arenaBytes - g.type(of: first).byteCount / 2)
    #expect(small.schedule.streams.count == standard.schedule.streams.count + 1)
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: g)
    #expect(try CompiledGraph(plan: small, threads: 2).run(inputs) == CompiledGraph(plan: standard).run(inputs))
  }

  @Test func aBudgetThatWindowsDoNotFitIsMetByDirectConvolutions() throws {
    var g = Graph(name: "layer")
    let x = try g.one(Input(name: "x", type: TensorType(.f32, [128, 7, 7, 256])))
    let w = try g.one(Input(name: "w", type: TensorType(.f32, [3, 3, 256, 256])))
    g.setOutput("y", try g.relu(try g.convolution(x, w, stride: [1, 1])))
    func compiled(_ budget: Int?) throws -> (plan: Plan, warnings: [Diagnostic]) {
      var options = Self.options(.auto)
      options.memoryBudget = budget
      var compiler = Compiler(options)
      let plan = try #require(try compiler.compile(Program(graph: g), for: .inference(outputs: nil)))
      return (plan, compiler.report.warnings)
    }
    let (standard, warnings) = try compiled(nil)
    let budget = standard.manifest.arenaBytes / 4
    let small = try compiled(budget)
    #expect(warnings.isEmpty && small.warnings.map(\.message).contains { $0.contains("convolutions are direct") })
    #expect(small.plan.manifest.arenaBytes <= budget && small.plan.manifest.options["convolutions"] == "auto")
    let inputs = ExampleOperands(seed: 5).tensors(forInputsOf: g)
    let (actual, expected) = (try CompiledGraph(plan: small.plan).run(inputs), try CompiledGraph(plan: standard).run(inputs))
    try expectClose(actual["y"], try #require(expected["y"]), tolerance: 2e-5, "y")
  }

  @Test func aBudgetThatWindowsDoNotFitNamesTheWayOut() throws {
    for route in [ConvolutionRoute.fast, .direct] {
      var options = Self.options(route)
      options.memoryBudget = 1
      var compiler = Compiler(options)
      let refusal = #expect(throws: Diagnostic.self) { try compiler.compile(Program(graph: Self.graph()), for: .inference(outputs: nil)) }
      #expect(refusal?.hint?.contains("--convolutions direct") == (route == .fast), "\(String(describing: refusal))")
    }
  }

  @Test func aPlanKeepsTheChoice() throws {
    var compiler = Compiler(Self.options(.fast))
    let plan = try #require(try compiler.compile(Program(graph: Self.graph()), for: .inference(outputs: nil)))
    #expect(try CompilerOptions(recordedIn: plan.manifest, for: .host()).convolutions == .fast)
  }
}
