import Commands
import Compiler
import Graph
import Operations
import PlanFile
import Runtime
import Support
import Tensors
import Testing
import Vergence

/// Less memory, the same bits.
@Suite struct MemoryBudgetTests {
  /// The plan of `program` within `budget`.
  private static func plan(_ program: Program, for purpose: Compiler.Purpose, budget: Int?) throws -> (plan: Plan, memory: MemoryReport) {
    var options = CompilerOptions()
    options.memoryBudget = budget
    var compiler = Compiler(options)
    let plan = try #require(try compiler.compile(program, for: purpose))
    return (plan, compiler.report.memory)
  }

  /// The fewest bytes that a refusal of `program` says.
  private static func least(_ program: Program, for purpose: Compiler.Purpose) -> Int? {
    let refusal = #expect(throws: Diagnostic.self) { try plan(program, for: purpose, budget: 1) }
    return refusal?.figures["least_memory_budget"]
  }

  @Test(arguments: 0..<24) func aRandomGraphKeepsItsBitsUnderAnyBudget(seed: Int) throws {
    let graph = try RandomStep.make(seed: UInt32(seed))
    let operands = ExampleOperands(seed: UInt32(seed))
    var inputs: [String: Tensor] = [:]
    for (number, node) in graph.nodes.enumerated() {
      if let input = node.operation as? Input { inputs[input.name] = operands.tensor(input.type, number: number) }
    }
    let program = Program(graph: graph)
    let (standard, _) = try Self.plan(program, for: .inference(outputs: nil), budget: nil)
    guard standard.manifest.arenaBytes > 0 else { return }
    let least = try #require(Self.least(program, for: .inference(outputs: nil)))
    #expect(least <= standard.manifest.arenaBytes)
    #expect(throws: Diagnostic.self) { try Self.plan(program, for: .inference(outputs: nil), budget: least - 1) }
    let expected = try CompiledGraph(plan: standard).run(inputs)
    for budget in [least, (least + standard.manifest.arenaBytes) / 2] {
      let (plan, _) = try Self.plan(program, for: .inference(outputs: nil), budget: budget)
      #expect(plan.manifest.arenaBytes <= budget && plan.schedule.liveBytes.allSatisfy { $0 <= budget })
      let actual = try CompiledGraph(plan: plan).run(inputs)
      for (name, tensor) in expected { #expect(actual[name] == tensor, "\(name) in \(budget) bytes of \(graph.text())") }
    }
  }

  /// Three updates of a network with batch norm and dropout, so that weights, statistics and draws have changed when they are read again.
  @Test(arguments: [0.0, 0.4, 0.8]) func aStepUpdatesAlikeUnderAnyBudget(share: Double) throws {
    let program = try SmallNet.program(batch: 8, mode: .training)
    let (standard, _) = try Self.plan(program, for: .training, budget: nil)
    let least = try #require(Self.least(program, for: .training))
    let budget = least + Int(share * Double(standard.manifest.arenaBytes - least))
    let (plan, memory) = try Self.plan(program, for: .training, budget: budget)
    #expect(least < standard.manifest.arenaBytes && plan.manifest.arenaBytes <= budget && !memory.recomputed.isEmpty)
    #expect(try Self.stateAfterSteps(plan) == Self.stateAfterSteps(standard))
    #expect(plan.manifest.options["memory_budget"] == "\(budget)")
  }

  /// The whole state after three steps on the same images.
  private static func stateAfterSteps(_ plan: Plan) throws -> [StateValue] {
    let executor = try Executor(plan: plan, threads: 2)
    executor.initialize(seed: 3)
    for step in 0..<3 {
      for input in plan.manifest.inputs {
        let draws = Philox(seed: UInt32(step), stream: input.name)
        try executor.withInput(input.name) { bytes in
          for i in 0..<input.type.count {
            if input.element == .f32 {
              bytes.storeBytes(of: Float(draws.uniform(element: UInt64(i), step: 0)), toByteOffset: 4 * i, as: Float.self)
            } else {
              bytes.storeBytes(of: Int32(draws.integer(below: 4, element: UInt64(i), step: 0)), toByteOffset: 4 * i, as: Int32.self)
            }
          }
        }
      }
      try executor.step()
    }
    return executor.snapshot()
  }

  /// A table is read before, between and after products of its size, each of which needs three tables itself: all fits into three where it is released both times.
  @Test func releasesInEveryWait() throws {
    let scaled = { (number: Int, by: Int) in
      """
      %b\(number) = broadcast %s\(by) {dimensions = [], shape = [256, 256]} : f32[256, 256]
        %x\(number) = multiply %x, %b\(number) : f32[256, 256]
        %y\(number) = product %x\(number), %w {transpose_left = false, transpose_right = false} : f32[256, 256]
        %t\(number) = reduce %y\(number) {axes = [0, 1], combination = sum} : f32[]
        %c\(number) = broadcast %t\(number) {dimensions = [], shape = [256, 256]} : f32[256, 256]
        %a\(number) = multiply %a, %c\(number) : f32[256, 256]
        %s\(number) = reduce %a\(number) {axes = [0, 1], combination = sum} : f32[]
      """
    }
    let program = try Program(
      parsing: """
        graph @g(%x: f32[256, 256], %w: f32[256, 256]) {
          %a = product %x, %w {transpose_left = false, transpose_right = false} : f32[256, 256]
          %s0 = reduce %a {axes = [0, 1], combination = sum} : f32[]
          \(scaled(1, 0))
          \(scaled(2, 1))
          return %s2
        }
        """, operations: Catalogue.names)
    let table = 256 * 256 * 4
    let (standard, _) = try Self.plan(program, for: .asWritten, budget: nil)
    #expect(standard.manifest.arenaBytes >= 4 * table)
    let least = try #require(Self.least(program, for: .asWritten))
    #expect(least < 7 * table / 2)
    #expect(throws: Diagnostic.self) { try Self.plan(program, for: .asWritten, budget: least - 1) }
    let (plan, _) = try Self.plan(program, for: .asWritten, budget: least)
    let names = ["x", "w"]
    let inputs = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { ($1, ExampleOperands(seed: 1).tensor(TensorType(valid: .f32, [256, 256]), number: $0)) })
    #expect(try CompiledGraph(plan: plan).run(inputs) == CompiledGraph(plan: standard).run(inputs))
  }

  @Test func tellsWhatItsMemoryHolds() throws {
    let (plan, memory) = try Self.plan(SmallNet.program(batch: 8, mode: .training), for: .training, budget: nil)
    let live = plan.schedule.liveBytes
    #expect(live[memory.peakInvocation] == live.max() && plan.schedule.steps[memory.peakInvocation].label == memory.peakLabel)
    let rounded = memory.peakBuffers.reduce(0) { $0 + ($1.bytes + Plan.alignment - 1) / Plan.alignment * Plan.alignment }
    #expect(rounded == plan.manifest.lowerBoundBytes && memory.keptBytes <= rounded)
  }
}
