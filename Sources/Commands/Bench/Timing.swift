import LLVM
import Passes
import Runtime

/// The seconds of repeated runs.
struct Timing {
  /// From the shortest to the longest.
  let seconds: [Double]

  /// Times `count` runs of `body`, one by one.
  init<Failure>(_ count: Int, of body: () throws(Failure) -> Void) throws(Failure) {
    let clock = ContinuousClock()
    var seconds: [Double] = []
    for _ in 0..<count {
      let start = clock.now
      try body()
      seconds.append((clock.now - start) / .seconds(1))
    }
    self.seconds = seconds.sorted()
  }

  /// The middle one, or the upper of the middle two.
  var median: Double { seconds[seconds.count / 2] }
  var minimum: Double { seconds[0] }
}

/// Returns the most multiplications and additions that `threads` threads reach in a second, in GFLOP/s.
func measuredPeak(of target: TargetMachine, precision: Precision, threads: Int) throws -> Double {
  let program = try PeakProgram(target: target, precision: precision, threads: threads)
  let executor = try Executor(plan: program.plan, threads: threads)
  // The first runs wake the threads and let the clock settle.
  let timing = try Timing(400) { try executor.step() }
  return Double(program.flops) / timing.minimum / 1e9
}
