import Runtime

/// The seconds of repeated runs.
struct Timing {
  /// From the shortest to the longest.
  let seconds: [Double]

  /// Times `count` runs of `body`, one by one, each before a `pause` that isn't timed.
  init<Failure>(_ count: Int, of body: () throws(Failure) -> Void, pause: () throws(Failure) -> Void = {}) throws(Failure) {
    let clock = ContinuousClock()
    var seconds: [Double] = []
    for _ in 0..<count {
      let start = clock.now
      try body()
      seconds.append((clock.now - start) / .seconds(1))
      try pause()
    }
    self.seconds = seconds.sorted()
  }

  var median: Double { seconds.median }
  var mean: Double { seconds.reduce(0, +) / Double(seconds.count) }
  var minimum: Double { seconds[0] }
}

extension [Double] {
  /// Of sorted numbers the middle one, or the upper of the middle two.
  var median: Double { self[count / 2] }
}

extension Executor {
  /// Makes steps until a crew has settled: its threads are started, each has found a core of its own, and the clock is up.
  func warmUp() throws(NonFiniteLoss) { _ = try secondsAStep(over: .milliseconds(300), atLeast: 2) }

  /// Makes steps for `duration`, and at least `count`; returns their mean time.
  func secondsAStep(over duration: Duration, atLeast count: Int = 1) throws(NonFiniteLoss) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    var steps = 0
    while steps < count || clock.now - start < duration {
      try step()
      steps += 1
    }
    return (clock.now - start) / .seconds(1) / Double(steps)
  }
}
