import PlanFile

/// When a thread did its part of an invocation, or of one chunk of it.
package struct WorkSpan: Hashable, Sendable {
  /// The schedule's invocation.
  package let step: Int
  package let thread: Int
  /// The part of the invocation's units that it did.
  package let share: Double
  /// Nanoseconds since the trace began.
  package let begin: Int
  package let end: Int
}

extension Executor {
  /// Runs `steps` steps and returns what each thread did when, in order of time; a thread that did none of an invocation's units is left out.
  ///
  /// These are steps as any other: they update the state.
  ///
  /// - Errors: see `step()`.
  package func trace(steps: Int) throws(NonFiniteLoss) -> [WorkSpan] {
    let count = schedule.list.count
    let noted = UnsafeMutablePointer<Int>.allocate(capacity: max(3 * threads * count, 1))
    defer { noted.deallocate() }
    var list = schedule.list
    list.spans = noted
    let start = now()
    var spans: [WorkSpan] = []
    for _ in 0..<steps {
      guard crew.run(list) else { throw loss }
      for position in 0..<count {
        let work = list.works[position]
        let units = plan.schedule.kernels[plan.schedule.steps[work.step].kernel].units
        for thread in 0..<threads {
          let span = noted + 3 * (thread * count + position)
          guard span[2] > 0 else { continue }
          let share = Double(span[2]) / Double(max(1, units))
          spans.append(WorkSpan(step: work.step, thread: thread, share: share, begin: span[0] - start, end: span[1] - start))
        }
      }
    }
    return spans
  }
}
