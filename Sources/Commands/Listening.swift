import Foundation
import Synchronization

/// Where a signal's handler writes the signal's number, or -1; it has its first value before the program begins, as a handler can't wait for one to be made.
nonisolated(unsafe) private var bell: Int32 = -1

/// Calls a function at Ctrl-C and at a polite kill, in the place of what they usually do.
///
/// Of several that listen at a time, the last one hears. A process may listen again and again: Dispatch's sources of signals hear nothing the second time.
final class Listening {
  private typealias Body = @Sendable (Int32) -> Void

  private static let signals = [SIGINT, SIGTERM]
  private static let listeners = Mutex<[(listener: ObjectIdentifier, body: Body)]>([])

  /// Starts the thread that is told of signals, once; whether there is one.
  private static let isTold: Bool = {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return false }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    bell = ends[1]
    let ear = ends[0]
    Thread.detachNewThread {
      // Who starts the process may have blocked the signals, for it as for itself; one thread that takes them is enough.
      var awaited = sigset_t()
      sigemptyset(&awaited)
      for number in signals { sigaddset(&awaited, number) }
      pthread_sigmask(SIG_UNBLOCK, &awaited, nil)
      var number: UInt8 = 0
      while true {
        guard read(ear, &number, 1) == 1 else { continue }
        hear(Int32(number))
      }
    }
    return true
  }()

  /// Begins to listen; `body` gets the signal's number, on another thread.
  init(_ body: @escaping @Sendable (Int32) -> Void) {
    guard Self.isTold else { return }
    Self.listeners.withLock { listeners in
      listeners.append((ObjectIdentifier(self), body))
      for number in Self.signals { signal(number, handler) }
    }
  }

  /// Stops listening; where nobody listens any more, the signals have their usual action again.
  func end() {
    Self.listeners.withLock { listeners in
      listeners.removeAll { $0.listener == ObjectIdentifier(self) }
      if listeners.isEmpty { for number in Self.signals { signal(number, SIG_DFL) } }
    }
  }

  /// Tells who listens of signal `number`; where nobody does any more, the process ends as it usually does.
  private static func hear(_ number: Int32) {
    if let body = listeners.withLock({ $0.last?.body }) { return body(number) }
    signal(number, SIG_DFL)
    kill(getpid(), number)
  }
}

/// What a signal calls: it may do little more than write.
private let handler: @convention(c) (Int32) -> Void = { signal in
  let reason = errno
  var number = UInt8(truncatingIfNeeded: signal)
  _ = write(bell, &number, 1)
  errno = reason
}
