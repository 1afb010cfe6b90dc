import PlanFile

extension Executor {
  /// Runs `steps` steps and returns the median time of each invocation in nanoseconds, its share of the barrier included.
  ///
  /// These are steps as any other: they update the state.
  ///
  /// - Errors: see `step()`.
  package func profile(steps: Int) throws(NonFiniteLoss) -> [Int] {
    precondition(steps > 0, "a profile of no steps")
    let count = schedule.list.count
    let moments = UnsafeMutablePointer<Int>.allocate(capacity: max(count, 1))
    defer { moments.deallocate() }
    var list = schedule.list
    list.moments = moments
    var times = [[Int]](repeating: [], count: plan.schedule.steps.count)
    for _ in 0..<steps {
      var last = now()
      guard crew.run(list) else { throw loss }
      // An invocation that is run chunk by chunk takes the sum of its chunks' times.
      for step in times.indices { times[step].append(0) }
      for position in 0..<count {
        times[schedule.list.works[position].step][times[0].count - 1] += moments[position] - last
        last = moments[position]
      }
    }
    return times.map { $0.sorted()[steps / 2] }
  }
}
