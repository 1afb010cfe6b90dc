import LLVM
import PlanFile
import Runtime
import Support
import Tensors
import Testing

@Suite struct ExecutorTests {
  /// Returns an executor of the descent plan, its state drawn and its input filled.
  static func descent(threads: Int) throws -> Executor {
    let executor = try Executor(plan: HandWrittenKernels.descent(), threads: threads)
    executor.initialize(seed: 7)
    try executor.withInput("image") { bytes in
      for (i, _) in bytes.bindMemory(to: Float.self).enumerated() { bytes.bindMemory(to: Float.self)[i] = Float(i % 13) / 8 }
    }
    return executor
  }

  @Test func aStepComputesWhatItsKernelsSay() throws {
    let executor = try Self.descent(threads: 2)
    let before = try executor.state("weight")
    try executor.step()
    let roots = before.enumerated().map { ($0.element * (Float($0.offset % 13) / 8)).squareRoot() }
    #expect(try executor.state("weight") == zip(before, roots).map { $0 + 0.5 * $1 })
    #expect(abs(try executor.scalar("loss") - roots.reduce(0, +)) < 0.01)
    #expect(try executor.state("step") == [1])
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    let results = try [1, 2, 3, 5].map { threads in
      let executor = try Self.descent(threads: threads)
      for _ in 0..<20 { try executor.step() }
      return (state: executor.snapshot(), loss: try executor.scalar("loss"))
    }
    for result in results.dropFirst() {
      #expect(result.state == results[0].state)
      #expect(result.loss == results[0].loss)
    }
    #expect(try StateReader.int32(results[0].state[1]) == [20])
  }

  @Test func theSeedDecidesTheState() throws {
    let (a, b) = (try Self.descent(threads: 1), try Self.descent(threads: 2))
    #expect(a.snapshot() == b.snapshot())
    b.initialize(seed: 8)
    #expect(try a.state("weight") != b.state("weight"))
    #expect(try b.state("weight").allSatisfy { (0.5..<1.5).contains($0) })
  }

  @Test func stateGoesOutAndInAgain() throws {
    let (a, b) = (try Self.descent(threads: 1), try Self.descent(threads: 1))
    try a.step()
    let saved = a.snapshot()
    try b.restore(saved)
    try a.step()
    try b.step()
    #expect(a.snapshot() == b.snapshot())
    try a.setState("step", [41])
    try b.copyState(from: a)
    #expect(try b.state("step") == [41])
  }

  @Test func stateThatDoesNotFitIsRefusedWhole() throws {
    let executor = try Self.descent(threads: 1)
    let before = executor.snapshot()
    let wrong = StateValue(name: "step", type: .scalar(.f32), bytes: [0, 0, 0, 0])
    let right = StateValue(name: "weight", type: before[0].type, bytes: before[0].bytes.map { $0 &+ 1 })
    #expect(throws: Diagnostic.self) { try executor.restore([right, wrong]) }
    #expect(throws: Diagnostic.self) { try executor.setState("step", [0.5]) }
    #expect(throws: Diagnostic.self) { try executor.setState("weight", [1]) }
    let error = try #require(throws: Diagnostic.self) { try executor.state("wieght") }
    #expect(error.hint == "did you mean 'weight'?")
    #expect(executor.snapshot() == before)
  }

  @Test func aTensorBeginsAtItsAlignment() throws {
    let executor = try Self.descent(threads: 1)
    for name in ["weight", "step"] { try executor.withState(name) { #expect(UInt(bitPattern: $0.baseAddress) % UInt(Plan.alignment) == 0) } }
    #expect(executor.plannedBytes >= 4 * (3 * HandWrittenKernels.count + HandWrittenKernels.count / 16))
  }

  @Test func machineCodeThatIsNoneIsRefused() throws {
    var plan = try HandWrittenKernels.descent()
    plan.objects[0] = Array("not machine code at all".utf8)
    #expect(throws: Diagnostic.self) { try Executor(plan: plan, threads: 1) }
    plan = try HandWrittenKernels.descent()
    plan.schedule.kernels[1].symbol = "branch"
    let error = try #require(throws: Diagnostic.self) { try Executor(plan: plan, threads: 1) }
    #expect(error.message.contains("branch"))
  }

  @Test func aMachineWithoutTheFeaturesIsRefused() throws {
    var plan = try HandWrittenKernels.descent()
    plan.manifest.features.append("instructions-of-the-future")
    #expect(throws: PlanProblem.missingFeatures(["instructions-of-the-future"])) { try Executor(plan: plan, threads: 1) }
  }

  @Test func moreMemoryThanTheMachineHasIsRefused() throws {
    var plan = try HandWrittenKernels.descent()
    plan.manifest.arenaBytes = TensorType.byteLimit / 2
    let error = try #require(throws: Diagnostic.self) { try Executor(plan: plan, threads: 1) }
    #expect(error.message.contains("arena"))
  }

  @Test(arguments: [0, -1, 1025]) func threadsHaveBounds(threads: Int) throws {
    #expect(throws: Diagnostic.self) { try Executor(plan: HandWrittenKernels.descent(), threads: threads) }
  }

  @Test func aProfileHasATimeForEachInvocation() throws {
    let executor = try Self.descent(threads: 2)
    let times = try executor.profileStep()
    #expect(times.count == 6)
    #expect(times.allSatisfy { $0 > 0 })
    #expect(try executor.state("step") == [1])
  }
}

/// Reads the bytes of state tensors.
enum StateReader {
  static func int32(_ value: StateValue) throws -> [Int32] {
    try #require(value.type.element == .i32)
    return value.bytes.withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) } }
  }
}
