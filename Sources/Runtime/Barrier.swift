import CThreads
import Glibc
import Synchronization

/// A meeting point of a fixed number of threads, used again and again.
///
/// A thread that arrives early looks for the others for a while, since most waits inside a step are short, and then sleeps, so that
/// idle workers cost nothing and a machine with fewer cores than threads still gets on. Lives in memory of its own: no call here
/// counts references or allocates.
struct Barrier: ~Copyable {
  /// Counts the meetings; threads sleep on this word.
  private let meetings = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)
  private let arrived = Atomic<Int>(0)
  private let asleep = Atomic<Int>(0)
  private let threads: Int
  /// How often an early thread offers its core to another before it sleeps.
  private let patience: Int

  /// How often an early thread looks between two such offers, some microseconds in all.
  private static let looks = 200
  /// Some 200 µs or more on current processors.
  ///
  /// It must be longer than waking a thread takes, about 70 µs on a virtual machine: a thread that falls asleep while the one that it
  /// woke is still getting up has to be woken in turn, and every meeting of the step would then cost that much.
  private static let usualPatience = 50

  /// Creates the meeting point of `threads` threads.
  ///
  /// - Parameter crowded: whether there are more threads than cores; looking would only keep the others from arriving then.
  init(threads: Int, crowded: Bool) {
    self.threads = threads
    patience = crowded ? 1 : Self.usualPatience
    meetings.initialize(to: Atomic(0))
  }

  deinit {
    meetings.deinitialize(count: 1)
    meetings.deallocate()
  }

  /// Returns when all threads have called it; what each wrote before is then seen by all.
  func wait() {
    guard threads > 1 else { return }
    let meeting = meetings.pointee.load(ordering: .relaxed)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == threads {
      arrived.store(0, ordering: .relaxed)
      // In one order with the sleepers' count: either a sleeper sees the new meeting, or it is seen and woken.
      meetings.pointee.add(1, ordering: .sequentiallyConsistent)
      if asleep.load(ordering: .sequentiallyConsistent) > 0 { vergence_wake(word) }
      return
    }
    for _ in 0..<patience {
      for _ in 0..<Self.looks {
        if meetings.pointee.load(ordering: .acquiring) != meeting { return }
        vergence_pause()
      }
      // The late one may have been put on this very core, and would wait there until this thread sleeps.
      sched_yield()
    }
    asleep.add(1, ordering: .sequentiallyConsistent)
    while meetings.pointee.load(ordering: .sequentiallyConsistent) == meeting { vergence_sleep(word, meeting) }
    asleep.subtract(1, ordering: .relaxed)
  }

  /// Arrives in the place of `count` threads that never will, for one meeting that the caller is part of.
  func standIn(for count: Int) {
    arrived.add(count, ordering: .acquiringAndReleasing)
  }

  /// The counter as the operating system wants it; an atomic has the layout of what it holds.
  private var word: UnsafePointer<UInt32> { UnsafePointer(UnsafeRawPointer(meetings).assumingMemoryBound(to: UInt32.self)) }
}
