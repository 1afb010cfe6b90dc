import PlanFile

extension Executor {
  /// Runs a step and returns the time that each invocation took in nanoseconds, its share of the barrier included.
  ///
  /// It is a step as any other: it updates the state.
  ///
  /// - Errors: see `step()`.
  package func profileStep() throws(NonFiniteLoss) -> [Int] {
    let count = schedule.list.count
    let moments = UnsafeMutablePointer<Int>.allocate(capacity: max(count, 1))
    defer { moments.deallocate() }
    var list = schedule.list
    list.moments = moments
    var times = [Int](repeating: 0, count: plan.schedule.steps.count)
    var last = now()
    guard crew.run(list) else { throw loss }
    for position in 0..<count {
      // An invocation that is run chunk by chunk takes the sum of its chunks' times.
      times[schedule.list.works[position].step] += moments[position] - last
      last = moments[position]
    }
    return times
  }
}
