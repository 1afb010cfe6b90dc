import PlanFile

extension Executor {
  /// Runs `steps` steps and returns the median time of each invocation in nanoseconds, its share of the barrier included.
  ///
  /// These are steps as any other: they update the state.
  ///
  /// - Errors: see `step()`.
  package func profile(steps: Int) throws(NonFiniteLoss) -> [Int] {
    precondition(steps > 0, "a profile of no steps")
    let count = plan.schedule.steps.count
    let moments = UnsafeMutablePointer<Int>.allocate(capacity: max(count, 1))
    defer { moments.deallocate() }
    var list = schedule.list
    list.moments = moments
    var times = [[Int]](repeating: [], count: count)
    for _ in 0..<steps {
      var last = now()
      guard crew.run(list) else { throw loss }
      for position in 0..<count {
        times[position].append(moments[position] - last)
        last = moments[position]
      }
    }
    return times.map { $0.sorted()[steps / 2] }
  }
}
