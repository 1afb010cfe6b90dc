import Dispatch
import Foundation
import Training

/// Turns Ctrl-C and a polite kill into the wish to stop; a second one ends the process at once.
final class Interruption {
  private let listening: Listening

  /// Begins to listen; `announce` is called once, on another thread.
  init(_ stop: StopRequest, announce: @escaping @Sendable () -> Void) {
    listening = Listening { number in
      if stop.request() { _exit(128 + number) }
      announce()
    }
  }

  /// Gives the signals their usual action back.
  func end() { listening.end() }
}

/// Calls a function at Ctrl-C and at a polite kill, in the place of what they usually do.
final class Listening {
  private let sources: [any DispatchSourceSignal]

  /// Begins to listen; `body` gets the signal's number, on another thread.
  init(_ body: @escaping @Sendable (Int32) -> Void) {
    sources = [SIGINT, SIGTERM].map { number in
      // The source sees the signal only when its usual action is off.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { body(number) }
      source.resume()
      return source
    }
  }

  /// Gives the signals their usual action back.
  func end() {
    sources.forEach { $0.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
