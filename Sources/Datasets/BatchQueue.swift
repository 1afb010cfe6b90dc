import Foundation

/// Batches that are made ahead on threads of their own and taken in order.
///
/// Each batch is made whole by one thread into a slot of its own, so its content does not depend on how many threads there are.
/// A slot is claimed together with the next position; the batch that is waited for therefore always has one.
// Sendable without the compiler's proof: `condition` guards every variable, and a slot's memory belongs to the one who claimed or took it.
final class BatchQueue: @unchecked Sendable {
  /// Room for one batch.
  struct Slot {
    let index: Int
    let views: UnsafeMutablePointer<Float>
    let labels: UnsafeMutablePointer<Int32>
  }

  /// A batch to make.
  struct Job {
    let slot: Slot
    let position: BatchPosition
    fileprivate let generation: Int
  }

  private enum State {
    case free
    case filling
    case ready(BatchPosition)
    case taken
  }

  private let condition = NSCondition()
  private let slots: [Slot]
  private var states: [State]
  private let batchesPerEpoch: Int
  private var nextToMake: BatchPosition?
  private var nextToTake = BatchPosition(epoch: 0, batch: 0)
  private var generation = 0
  private var isStopped = false

  /// Allocates `count` slots.
  init(count: Int, valuesPerBatch: Int, labelsPerBatch: Int, batchesPerEpoch: Int) {
    slots = (0..<count).map {
      Slot(index: $0, views: .allocate(capacity: valuesPerBatch), labels: .allocate(capacity: labelsPerBatch))
    }
    states = slots.map { _ in .free }
    self.batchesPerEpoch = batchesPerEpoch
  }

  deinit {
    for slot in slots {
      slot.views.deallocate()
      slot.labels.deallocate()
    }
  }

  /// Goes on from `position`; what was made ahead for another place is dropped.
  func start(at position: BatchPosition) {
    condition.withLock {
      generation += 1
      nextToMake = position
      nextToTake = position
      for index in states.indices {
        if case .ready = states[index] { states[index] = .free }
      }
      condition.broadcast()
    }
  }

  /// Lets all threads end.
  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }

  /// Waits for something to make; `nil` when the queue has stopped.
  func claim() -> Job? {
    condition.withLock {
      while !isStopped {
        if let position = nextToMake, let index = firstFree {
          states[index] = .filling
          nextToMake = position.next(batches: batchesPerEpoch)
          return Job(slot: slots[index], position: position, generation: generation)
        }
        condition.wait()
      }
      return nil
    }
  }

  /// Says that `job` is done.
  func finish(_ job: Job) {
    condition.withLock {
      states[job.slot.index] = job.generation == generation ? .ready(job.position) : .free
      condition.broadcast()
    }
  }

  /// Waits for the next batch in order and takes it.
  ///
  /// - Requires: `start` was called.
  func take() -> (slot: Slot, position: BatchPosition) {
    condition.withLock {
      precondition(nextToMake != nil, "start the loader first")
      while true {
        if let index = firstReady(for: nextToTake) {
          states[index] = .taken
          defer { nextToTake = nextToTake.next(batches: batchesPerEpoch) }
          return (slots[index], nextToTake)
        }
        condition.wait()
      }
    }
  }

  /// Gives a slot that was taken back.
  func giveBack(_ slot: Slot) {
    condition.withLock {
      states[slot.index] = .free
      condition.broadcast()
    }
  }

  private var firstFree: Int? {
    states.firstIndex { if case .free = $0 { true } else { false } }
  }

  private func firstReady(for position: BatchPosition) -> Int? {
    states.firstIndex { if case .ready(position) = $0 { true } else { false } }
  }
}
