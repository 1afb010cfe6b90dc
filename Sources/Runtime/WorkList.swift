/// A kernel's function: the addresses of its buffers, and the range of units to do.
typealias KernelFunction = @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>, Int64, Int64) -> Void

/// One invocation, ready to be called, in plain memory.
struct Work {
  /// The kernel's code, or `nil` for a call of the library.
  let function: KernelFunction?
  /// The library's product, where there is no function.
  let product: Product?
  /// The addresses of the buffers.
  let buffers: UnsafePointer<UnsafeMutableRawPointer?>
  /// Thread `t` does the units from `bounds[t]` up to `bounds[t + 1]`.
  let bounds: UnsafePointer<Int>
  /// The number of the schedule's invocation, of which this may be one chunk, and whether it is the last one.
  let step: Int
  let isWhole: Bool
  /// Whether all threads must be done with it until any goes on.
  let meets: Bool

  /// Does the units that fall to thread `thread`.
  func run(thread: Int) { run(bounds[thread]..<bounds[thread + 1]) }

  /// Does `units`.
  func run(_ units: Range<Int>) {
    if units.isEmpty { return }
    if let function {
      function(buffers, Int64(units.lowerBound), Int64(units.upperBound))
    } else if let product {
      product.run(units, buffers)
    }
  }
}

/// What a crew does in one step, in plain memory: nothing here counts references or allocates.
struct WorkList {
  let works: UnsafePointer<Work>
  let count: Int
  /// The number of works before `guarded` is looked at; beyond `count` when nothing is guarded.
  let guardPoint: Int
  /// The number that must be finite at the guard point.
  let guarded: UnsafePointer<Float>?
  /// Where the moment after each work is noted in nanoseconds, or `nil`; `count` moments.
  ///
  /// Threads meet after each work then, so that it is the moment when all are done.
  var moments: UnsafeMutablePointer<Int>?
  /// Where each thread notes when it begins and ends each work, or `nil`; a row of `count` pairs a thread.
  var spans: UnsafeMutablePointer<Int>?

  /// Whether the step must be given up at the guard point; all threads look at the same number and agree.
  var isGivenUp: Bool {
    guard let guarded else { return false }
    return !guarded.pointee.isFinite
  }

  /// Does thread `thread`'s part of all works, meeting the other threads where they must; returns whether the step was not given up.
  func run(thread: Int, meeting barrier: borrowing Barrier) -> Bool {
    for position in 0..<count {
      if position == guardPoint, isGivenUp {
        // Nobody changes the guarded number before all have looked at it.
        barrier.wait()
        return false
      }
      if let spans {
        let span = spans + 2 * (thread * count + position)
        span[0] = now()
        works[position].run(thread: thread)
        span[1] = now()
      } else {
        works[position].run(thread: thread)
      }
      if works[position].meets || moments != nil { barrier.wait() }
      if thread == 0, let moments { moments[position] = now() }
    }
    // At the very end only the caller looks: it may take the memory away from slower workers once it has returned.
    return thread != 0 || guardPoint != count || !isGivenUp
  }
}
