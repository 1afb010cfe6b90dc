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
