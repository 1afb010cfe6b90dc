import Dispatch

/// Takes the time of stages, in order.
final class Stopwatch {
  private(set) var timings: [CompilerReport.Timing] = []
  private let start = DispatchTime.now().uptimeNanoseconds

  /// The seconds since it was made.
  var elapsed: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }

  /// Runs `body` and notes the seconds under `stage`.
  func time<T>(_ stage: String, _ body: () throws -> T) rethrows -> T {
    let start = DispatchTime.now().uptimeNanoseconds
    defer { timings.append(.init(pass: stage, seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)) }
    return try body()
  }
}
