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
  /// Thread `t` does the units from `bounds[t]` up to `bounds[t + 1]`, or others do some of them.
  let bounds: UnsafePointer<Int>
  /// The slices of these, or `nil` where a thread's units are one call, which nobody else makes.
  let slices: Slices?
  /// The number of the schedule's invocation, of which this may be one chunk, and whether it is the last one.
  let step: Int
  let isWhole: Bool
  /// Whether all threads must be done with it until any goes on.
  let meets: Bool

  /// Does the units that fall to thread `thread` of `threads`, and slices of others' that they have not begun; returns how many units it did.
  func run(thread: Int, of threads: Int) -> Int {
    guard let slices else {
      let own = bounds[thread]..<bounds[thread + 1]
      run(own)
      return own.count
    }
    var done = 0
    for distance in 0..<threads {
      let owner = thread + distance < threads ? thread + distance : thread + distance - threads
      while let units = slices.take(of: bounds[owner]..<bounds[owner + 1], owner) {
        run(units)
        done += units.count
      }
    }
    return done
  }

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
  /// The threads that do them.
  let threads: Int
  /// How many slices of each work have been taken.
  let counters: SliceCounters
  /// The number of works before `guarded` is looked at; beyond `count` when nothing is guarded.
  let guardPoint: Int
  /// The number that must be finite at the guard point.
  let guarded: UnsafePointer<Float>?
  /// Where the moment after each work is noted in nanoseconds, or `nil`; `count` moments.
  ///
  /// Threads meet after each work then, so that it is the moment when all are done.
  var moments: UnsafeMutablePointer<Int>?
  /// Where each thread notes when it begins and ends each work, and how many units it did, or `nil`; a row of `count` triples a thread.
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
        let span = spans + 3 * (thread * count + position)
        span[0] = now()
        span[2] = works[position].run(thread: thread, of: threads)
        span[1] = now()
      } else {
        _ = works[position].run(thread: thread, of: threads)
      }
      if works[position].meets || moments != nil { barrier.wait() }
      if thread == 0, let moments { moments[position] = now() }
    }
    // At the very end only the caller looks: it may take the memory away from slower workers once it has returned.
    return thread != 0 || guardPoint != count || !isGivenUp
  }
}
