import LLVM
import Passes
import Runtime

/// What the machine's peak is while something else is timed, measured in short turns with it.
///
/// A core that other machines share is at times a third slower, for milliseconds or minutes: a peak from before says nothing of a step then.
final class PeakMeter {
  private let executor: Executor
  /// The multiplications and additions of a run of the peak's program.
  private let flops: Double
  private let clock = ContinuousClock()
  private var end: ContinuousClock.Instant?
  private var runs = 0
  private var seconds = 0.0
  private var shortest = Double.infinity

  /// The most that was reached, in GFLOP/s.
  var best: Double { flops / shortest / 1e9 }
  /// What was reached on average, in GFLOP/s.
  var mean: Double { flops * Double(runs) / seconds / 1e9 }

  /// The least time between two turns: of what is timed after a turn, waking threads takes little then.
  private static let pause = Duration.milliseconds(20)
  /// A turn's part of the time since the last one.
  private static let part = 0.05
  /// Runs that wake the threads, and those that are timed at least.
  private static let (waking, fewest) = (3, 8)

  /// A meter of the peak of `threads` threads of `target`.
  init(of target: TargetMachine, precision: Precision, threads: Int) throws {
    let program = try PeakProgram(target: target, precision: precision, threads: threads)
    (executor, flops) = (try Executor(plan: program.plan, threads: threads), Double(program.flops))
  }

  /// Measures for a while, if the last turn is long enough ago.
  func takeTurn() throws(NonFiniteLoss) {
    let start = clock.now
    let since = end.map { start - $0 } ?? Self.pause
    guard since >= Self.pause else { return }
    for _ in 0..<Self.waking { try executor.step() }
    var (run, spent) = (0, 0.0)
    while run < Self.fewest || spent < Self.part * (since / .seconds(1)) {
      let before = clock.now
      try executor.step()
      let taken = (clock.now - before) / .seconds(1)
      (run, spent, shortest) = (run + 1, spent + taken, min(shortest, taken))
    }
    (runs, seconds, end) = (runs + run, seconds + spent, clock.now)
  }
}
