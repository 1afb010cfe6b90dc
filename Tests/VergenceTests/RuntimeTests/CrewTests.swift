import Foundation
import PlanFile
import Runtime
import Testing

/// The barrier under stress: more threads than cores, workers that fell asleep, crews that come and go.
@Suite struct CrewTests {
  @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 8]) func thousandsOfTinyStepsMeet(threads: Int) throws {
    let executor = try Executor(plan: HandWrittenKernels.tiny(invocations: 3), threads: threads)
    for _ in 0..<3000 { try executor.step() }
    #expect(try executor.state("counts") == Array(repeating: 9000, count: 8))
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
