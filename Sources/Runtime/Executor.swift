import CThreads
import LLVM
import PlanFile
import Support
import Tensors

/// A plan in memory, ready to run steps: its machine code, its buffers, its state and its threads.
///
/// Everything is allocated when it is made; a step allocates nothing. Not `Sendable`: one thread feeds it, steps it and reads it, while
/// the workers inside touch memory only during `step`.
package final class Executor {
  /// The plan that runs, without its code, which is loaded.
  package let plan: Plan
  /// The number of threads, the caller's own included; results are the same bits for any number.
  package let threads: Int

  let memory: PlanMemory
  let schedule: PreparedSchedule
  let crew: Crew
  /// The machine code; `nil` when all kernels are the library's.
  private let object: LoadedObject?

  /// Loads `plan` and allocates its memory; inputs and state are zero, see `initialize(seed:)`.
  ///
  /// - Parameter threads: how many threads to use; `nil` for as many as the process may.
  /// - Errors: `PlanProblem` where the machine can't run the code; a `Diagnostic` for a plan that breaks the rules of `Plan.validate`, machine
  ///   code that can't be loaded, too little memory, or a number of threads out of 1...1024.
  package init(plan: consuming Plan, threads: Int? = nil) throws {
    let threads = threads ?? availableThreads()
    guard (1...1024).contains(threads) else {
      throw Diagnostic("cannot run on \(threads) threads", hint: "1 to 1024; this process may use \(availableThreads())")
    }
    try plan.validate()
    let host = TargetMachine.host()
    try plan.requireRunnable(on: host.triple, features: host.features)
    object = plan.schedule.kernels.contains { $0.library == nil } ? try LoadedObject(plan.objects) : nil
    let loaded = (consume plan).withoutCode
    self.plan = loaded
    self.threads = threads
    memory = try PlanMemory(loaded.manifest)
    schedule = try PreparedSchedule(loaded.schedule, object: object, memory: memory, threads: threads)
    crew = try Crew(threads: threads)
    // Compiling and linking leave tens of megabytes free that the allocator would keep.
    malloc_trim(0)
  }

  /// Runs the schedule once.
  ///
  /// - Errors: the guarding output is not finite; the state is as it was before the step then, and `firstNonFinite()` finds the cause.
  package func step() throws(NonFiniteLoss) {
    guard crew.run(schedule.list) else { throw loss }
  }

  /// What the guarding output is after a step that was given up.
  var loss: NonFiniteLoss {
    NonFiniteLoss(output: plan.manifest.outputs[plan.schedule.guardPoint?.output ?? 0].name, value: schedule.list.guarded?.pointee ?? .nan)
  }

  /// The bytes of the arena, the state, the inputs and the outputs.
  package var plannedBytes: Int { memory.byteCount }
}
