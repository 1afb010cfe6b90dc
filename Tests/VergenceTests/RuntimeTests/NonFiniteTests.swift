import PlanFile
import Runtime
import Tensors
import Testing

@Suite struct NonFiniteTests {
  @Test(arguments: [1, 2, 3]) func theStateIsNotTouchedAndTheOperationIsNamed(threads: Int) throws {
    let executor = try ExecutorTests.descent(threads: threads)
    try executor.step()
    #expect(executor.firstNonFinite() == nil)
    let before = executor.snapshot()
    try executor.withInput("image") { $0.bindMemory(to: Float.self)[900] = -1 }
    let loss = #expect(throws: NonFiniteLoss.self) { try executor.step() }
    #expect(loss?.output == "loss" && loss?.value.isNaN == true)
    #expect(executor.snapshot() == before)

    let origin = try #require(executor.firstNonFinite())
    #expect(origin.source == .operation(number: 1, label: "root at Model.swift:4:5", buffer: 1))
    #expect(origin.element == 900 && origin.value.isNaN)
    #expect(executor.snapshot() == before)

    // The workers are still there for the next step.
    try executor.withInput("image") { $0.bindMemory(to: Float.self)[900] = 1 }
    try executor.step()
    #expect(try executor.state("step") == [2])
  }

  @Test func aTensorThatHeldItAlreadyIsNamed() throws {
    let executor = try ExecutorTests.descent(threads: 2)
    try executor.withInput("image") { $0.bindMemory(to: Float.self)[3] = .infinity }
    #expect(throws: NonFiniteLoss.self) { try executor.step() }
    #expect(executor.firstNonFinite()?.source == .input("image"))
    var weight = try executor.state("weight")
    weight[5] = .nan
    try executor.setState("weight", weight)
    let origin = try #require(executor.firstNonFinite())
    #expect(origin.source == .state("weight") && origin.element == 5)
    #expect(throws: NonFiniteLoss.self) { try executor.profileStep() }
  }

  @Test func aGuardAfterAllInvocationsIsKept() throws {
    var plan = try HandWrittenKernels.descent()
    plan.schedule.steps.removeLast(2)
    let executor = try Executor(plan: plan, threads: 2)
    executor.initialize(seed: 1)
    try executor.step()
    try executor.withInput("image") { $0.bindMemory(to: Float.self)[0] = -1 }
    #expect(throws: NonFiniteLoss.self) { try executor.step() }
  }
}
