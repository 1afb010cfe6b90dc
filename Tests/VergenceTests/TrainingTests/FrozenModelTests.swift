import Autodiff
import Compiler
import Datasets
import Graph
import Operations
import Runtime
import Tensors
import Testing
import Training
import Vergence

@Suite struct FrozenModelTests {
  /// The state that `program` starts from, moved off its constants so that each tensor matters.
  private func state(of program: Program) -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    func hold(_ name: String, _ type: TensorType, _ initial: InitialValue) {
      let elements = initial.elements(type.shape, name: name, seed: 5).enumerated().map { i, x in Double(x) + 0.01 * Double(i % 7 + 1) }
      state[name] = Tensor(type.shape, type.element == .i32 ? elements.map { _ in 0 } : elements)
    }
    for node in program.graph.nodes {
      if let parameter = node.operation as? Parameter { hold(parameter.name, parameter.type, parameter.initial) }
      if let own = node.operation as? State { hold(own.name, own.type, own.initial) }
    }
    return state
  }

  @Test func theTrainingProgramInUseIsTheModelAtInference() throws {
    let training = try SmallNet.program(batch: 3, mode: .training)
    let outputs = ["features_global", "logits_linear", "logits_mlp"]
    let derived = try inferenceGraph(from: training.forEvaluation().graph, outputs: outputs)
    let built = try inferenceGraph(from: SmallNet.program(batch: 3, mode: .inference).graph, outputs: outputs)
    let views = Tensor([2, 3, 8, 8, 3]) { i in Double(i * 37 % 101) / 50 - 1 }
    func run(_ graph: Graph) throws -> [String: Tensor] {
      var environment = EvaluationEnvironment(inputs: ["views": views], state: state(of: training))
      return try Evaluator.run(graph, in: &environment)
    }
    let (ours, theirs) = (try run(derived), try run(built))
    #expect(ours == theirs)
    #expect(Set(ours.keys) == Set(outputs))
  }

  @Test func aBatchNormWithoutRunningStatisticsIsRefused() throws {
    var graph = Graph(name: "bare")
    let x = try graph.append(Input(name: "x", type: TensorType(.f32, [4, 2])))[0]
    let scale = try graph.append(Parameter(name: "scale", type: TensorType(.f32, [2]), initial: .constant(1)))[0]
    graph.setOutput("y", try graph.append(Operations.BatchNorm(groups: 0), [x, scale, scale])[0])
    #expect(throws: (any Error).self) { try Program(graph: graph).forEvaluation() }
  }

  @Test func everyImageHasItsOwnFeatures() throws {
    let run = try SmallRun()
    _ = try run.begin(stopAfter: 2)
    let checkpoint = try #require(try RunFolder(opening: run.path).newestCheckpoint())
    func features(batch: Int) throws -> [Float] {
      let model = try FrozenModel(
        SmallNet.program(batch: batch, mode: .training), outputs: ["features_global"], options: CompilerOptions(), threads: 1)
      try model.load(checkpoint.state)
      return try model.features("features_global", of: run.data.test)
    }
    // 23 images fill batches of 16 or of 6 only partly, and must not depend on them.
    let (a, b) = (try features(batch: 8), try features(batch: 3))
    #expect(a.count == 23 * 6)
    #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 } && a.count == b.count)
  }

  @Test func aProbeThatLearnedNothingIsCounted() throws {
    let run = try SmallRun()
    let model = try FrozenModel(run.program, outputs: ["logits_linear"], options: CompilerOptions(), threads: 1)
    // All weights zero: every score is equal, and the first class is the guess.
    let score = try #require(try model.scores(of: ["logits_linear"], on: run.data.test)?.first)
    #expect(score.classes.map(\.correct) == [6, 0, 0, 0])
    #expect(score.count == 23)
  }
}
