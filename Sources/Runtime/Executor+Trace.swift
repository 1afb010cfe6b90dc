import PlanFile

/// When a thread did its part of an invocation, or of one chunk of it.
package struct WorkSpan: Hashable, Sendable {
  /// The schedule's invocation.
  package let step: Int
  package let thread: Int
  /// The part of the invocation's units that it was.
  package let share: Double
  /// Nanoseconds since the trace began.
  package let begin: Int
  package let end: Int
}

extension Executor {
  /// Runs `steps` steps and returns what each thread did when, in order of time; a thread that had no units of an invocation is left out.
  ///
  /// These are steps as any other: they update the state.
  ///
  /// - Errors: see `step()`.
  package func trace(steps: Int) throws(NonFiniteLoss) -> [WorkSpan] {
    let count = schedule.list.count
    let noted = UnsafeMutablePointer<Int>.allocate(capacity: max(2 * threads * count, 1))
    defer { noted.deallocate() }
    var list = schedule.list
    list.spans = noted
    let start = now()
    var spans: [WorkSpan] = []
    for _ in 0..<steps {
      guard crew.run(list) else { throw loss }
      for position in 0..<count {
        let work = list.works[position]
        for thread in 0..<threads where work.bounds[thread] < work.bounds[thread + 1] {
          let span = noted + 2 * (thread * count + position)
          let units = plan.schedule.kernels[plan.schedule.steps[work.step].kernel].units
          let share = Double(work.bounds[thread + 1] - work.bounds[thread]) / Double(max(1, units))
          spans.append(WorkSpan(step: work.step, thread: thread, share: share, begin: span[0] - start, end: span[1] - start))
        }
      }
    }
    return spans
  }
}
