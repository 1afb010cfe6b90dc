import Synchronization

/// A wish to end a run, made on any thread: the run ends after the step it is in.
package final class StopRequest: Sendable {
  private let isMade = Atomic(false)

  package init() {}

  /// Whether the wish was made.
  package var isRequested: Bool { isMade.load(ordering: .acquiring) }

  /// Makes the wish, and returns whether it was made before.
  @discardableResult
  package func request() -> Bool { isMade.exchange(true, ordering: .acquiringAndReleasing) }
}
