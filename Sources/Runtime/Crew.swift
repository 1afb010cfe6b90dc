import Glibc
import Support

/// The threads that run a plan: the caller's own, as number 0, and workers that are started once and sleep between steps.
final class Crew {
  /// The number of threads, the caller's included.
  let threads: Int
  private let board: UnsafeMutablePointer<Board>
  private var workers: [pthread_t] = []

  /// What the threads share, at a fixed place.
  struct Board: ~Copyable {
    let barrier: Barrier
    /// What to do; changed only while the workers wait, and `nil` to send them home.
    var list: WorkList?
  }

  /// A worker's own number, and where to look.
  private struct Post {
    let thread: Int
    let board: UnsafeMutablePointer<Board>
  }

  /// Enough for kernels that keep blocks of their operands on the stack.
  private static let stackSize = 16 << 20

  /// Starts `threads` − 1 workers.
  ///
  /// - Errors: the operating system starts no more threads.
  init(threads: Int) throws(Diagnostic) {
    precondition(threads >= 1, "a crew of nobody")
    self.threads = threads
    board = .allocate(capacity: 1)
    board.initialize(to: Board(barrier: Barrier(threads: threads, crowded: threads > availableThreads()), list: nil))
    for thread in 1..<threads {
      guard let worker = Crew.start(Post(thread: thread, board: board)) else {
        let reason = systemError()
        // The end of a crew, which follows, is a meeting of all.
        board.pointee.barrier.standIn(for: threads - thread)
        throw Diagnostic("cannot start thread \(thread + 1) of \(threads): \(reason)", hint: "use fewer threads")
      }
      workers.append(worker)
    }
  }

  deinit {
    board.pointee.list = nil
    board.pointee.barrier.wait()
    for worker in workers { pthread_join(worker, nil) }
    board.deinitialize(count: 1)
    board.deallocate()
  }

  /// Does `list` with all threads; returns whether all of it was done, and not given up at its guard point.
  func run(_ list: WorkList) -> Bool {
    // Workers have read a list by the end of its first work; one without works would have no moment to be replaced.
    if list.count > 0 {
      list.counters.reset()
      board.pointee.list = list
      board.pointee.barrier.wait()
    }
    return list.run(thread: 0, meeting: board.pointee.barrier)
  }

  /// Starts a worker, or returns `nil`.
  private static func start(_ post: Post) -> pthread_t? {
    let context = UnsafeMutablePointer<Post>.allocate(capacity: 1)
    context.initialize(to: post)
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    pthread_attr_init(attributes)
    defer {
      pthread_attr_destroy(attributes)
      attributes.deallocate()
    }
    pthread_attr_setstacksize(attributes, stackSize)
    var thread = pthread_t()
    let failure = pthread_create(&thread, attributes, { Crew.work($0) }, context)
    guard failure == 0 else {
      errno = failure
      context.deallocate()
      return nil
    }
    return thread
  }

  /// A worker's life.
  private static func work(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = context?.assumingMemoryBound(to: Post.self) else { return nil }
    let (thread, board) = (context.pointee.thread, context.pointee.board)
    context.deallocate()
    while true {
      board.pointee.barrier.wait()
      guard let list = board.pointee.list else { return nil }
      _ = list.run(thread: thread, meeting: board.pointee.barrier)
    }
  }
}
