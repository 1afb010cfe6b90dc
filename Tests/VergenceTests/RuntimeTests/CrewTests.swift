import Foundation
import PlanFile
import Runtime
import Testing

/// The barrier under stress: more threads than cores, workers that fell asleep, crews that come and go.
@Suite struct CrewTests {
  @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 8], [nil, 1]) func thousandsOfTinyStepsMeet(threads: Int, slice: Int?) throws {
    let executor = try Executor(plan: HandWrittenKernels.tiny(invocations: 3, slice: slice), threads: threads)
    for _ in 0..<3000 { try executor.step() }
    #expect(try executor.state("counts") == Array(repeating: 9000, count: 8))
  }

  /// A thread's units begin and end within slices, and each is still done once.
  @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 7], [1, 3, 5]) func slicesAndPartsNeedNotMeet(threads: Int, slice: Int) throws {
    let executor = try Executor(plan: HandWrittenKernels.tiny(invocations: 2, units: 101, slice: slice), threads: threads)
    for _ in 0..<300 { try executor.step() }
    #expect(try executor.state("counts") == Array(repeating: 600, count: 101))
  }

  /// The first unit ends only when all others but those of its slice are done: the thread that has it can do none of its own.
  @Test(.timeLimit(.minutes(1)), arguments: [2, 3]) func whatAThreadHasNotBegunOthersDo(threads: Int) throws {
    let (units, slice) = (48 * threads, 3)
    let executor = try Executor(plan: HandWrittenKernels.waiting(units: units, slice: slice), threads: threads)
    for _ in 0..<100 {
      try executor.setState("count", [0])
      try executor.step()
      #expect(try executor.state("count") == [Float(units - 1)])
    }
  }

  @Test func sleepingWorkersWake() throws {
    let executor = try Executor(plan: HandWrittenKernels.tiny(invocations: 2), threads: 3)
    for _ in 0..<5 {
      try executor.step()
      Thread.sleep(forTimeInterval: 0.01)
    }
    #expect(try executor.state("counts") == Array(repeating: 10, count: 8))
  }

  @Test(.timeLimit(.minutes(1))) func crewsComeAndGo() throws {
    let plan = try HandWrittenKernels.tiny(invocations: 1)
    for threads in Array(repeating: [1, 2, 4], count: 20).joined() {
      let executor = try Executor(plan: plan, threads: threads)
      // Some crews end before their workers have ever met.
      if threads > 1 { try executor.step() }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aPlanOfNothingRuns() throws {
    let plan = try HandWrittenKernels.tiny(invocations: 0)
    for _ in 0..<20 {
      let executor = try Executor(plan: plan, threads: 2)
      for _ in 0..<10 { try executor.step() }
      #expect(try executor.state("counts") == Array(repeating: 0, count: 8))
    }
  }
}
