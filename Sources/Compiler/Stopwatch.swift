import Dispatch
import Synchronization

/// Takes the time of stages, in the order in which they end; stages may run at once.
final class Stopwatch: Sendable {
  private let taken = Mutex<[CompilerReport.Timing]>([])
  private let start = DispatchTime.now().uptimeNanoseconds

  /// What was timed so far.
  var timings: [CompilerReport.Timing] { taken.withLock(\.self) }

  /// The seconds since it was made.
  var elapsed: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }

  /// Runs `body` and notes the seconds under `stage`.
  func time<T, Problem: Error>(_ stage: String, _ body: () throws(Problem) -> T) throws(Problem) -> T {
    let start = DispatchTime.now().uptimeNanoseconds
    defer {
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      taken.withLock { $0.append(.init(pass: stage, seconds: seconds)) }
    }
    return try body()
  }
}
