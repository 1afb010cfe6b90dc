import LLVM
import PlanFile
import Support

/// A schedule made ready to run: every function, address and range worked out, in memory that the threads read.
struct PreparedSchedule: ~Copyable {
  /// What the threads run; valid as long as its owner.
  let list: WorkList

  private let works: UnsafeMutablePointer<Work>
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let bounds: UnsafeMutablePointer<Int>

  /// Prepares `schedule`, which is valid, for `threads` threads.
  ///
  /// - Requires: `object` and `memory` outlive the result.
  /// - Errors: the machine code lacks a kernel.
  init(_ schedule: Schedule, object: LoadedObject?, memory: PlanMemory, threads: Int) throws(Diagnostic) {
    var functions: [KernelFunction?] = []
    for kernel in schedule.kernels {
      if kernel.library == nil, let address = try object?.address(of: kernel.symbol) {
        functions.append(unsafeBitCast(address, to: KernelFunction.self))
      } else {
        functions.append(nil)
      }
    }
    works = .allocate(capacity: schedule.steps.count)
    addresses = .allocate(capacity: schedule.steps.reduce(0) { $0 + $1.buffers.count })
    bounds = .allocate(capacity: schedule.kernels.count * (threads + 1))

    for (number, kernel) in schedule.kernels.enumerated() {
      for (thread, bound) in Self.bounds(units: kernel.units, threads: threads).enumerated() {
        (bounds + number * (threads + 1) + thread).initialize(to: bound)
      }
    }
    var next = addresses
    for (number, step) in schedule.steps.enumerated() {
      let first = next
      for place in step.buffers {
        next.initialize(to: memory[place].baseAddress)
        next += 1
      }
      (works + number).initialize(
        to: Work(
          function: functions[step.kernel], product: schedule.kernels[step.kernel].library.map(Product.init), buffers: first,
          bounds: bounds + step.kernel * (threads + 1)))
    }
    let guarded = schedule.guardPoint.flatMap { memory[.output, $0.output].baseAddress?.assumingMemoryBound(to: Float.self) }
    list = WorkList(
      works: works, count: schedule.steps.count, guardPoint: schedule.guardPoint?.steps ?? schedule.steps.count + 1,
      guarded: guarded.map { UnsafePointer($0) }, moments: nil)
  }

  deinit {
    works.deallocate()
    addresses.deallocate()
    bounds.deallocate()
  }

  /// Returns where each thread's units begin, and the last one's end; a single unit is the first thread's.
  static func bounds(units: Int, threads: Int) -> [Int] {
    if units == 1 { return [0] + Array(repeating: 1, count: threads) }
    return (0...threads).map { units * $0 / threads }
  }
}
