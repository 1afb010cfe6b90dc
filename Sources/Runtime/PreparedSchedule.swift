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
  private let counters: SliceCounters

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
    let products = try schedule.kernels.map { kernel throws(Diagnostic) in try kernel.library.map(Product.init) }
    let calls = Self.calls(of: schedule)
    let meetings = schedule.meetings
    works = .allocate(capacity: calls.count)
    addresses = .allocate(capacity: calls.reduce(0) { $0 + schedule.steps[$1.step].buffers.count })
    bounds = .allocate(capacity: calls.count * (threads + 1))
    let widths = calls.map { call -> Int? in
      let kernel = schedule.kernels[schedule.steps[call.step].kernel]
      return threads == 1 ? nil : kernel.slice.flatMap { Slices.width(least: $0, units: (schedule.steps[call.step].chunk ?? kernel.units) / threads) }
    }
    counters = SliceCounters(count: threads * widths.count { $0 != nil })

    var next = addresses
    var nextCounter = 0
    for (number, call) in calls.enumerated() {
      let step = schedule.steps[call.step]
      let units = schedule.kernels[step.kernel].units
      let first = next
      for place in step.buffers {
        next.initialize(to: memory[place].baseAddress.map { $0 - call.chunk * (place.advance ?? 0) })
        next += 1
      }
      let begin = call.chunk * (step.chunk ?? 0)
      let end = step.chunk.map { min(begin + $0, units) } ?? units
      let bounds = bounds + number * (threads + 1)
      for (thread, bound) in Self.bounds(units: end - begin, threads: threads).enumerated() { (bounds + thread).initialize(to: begin + bound) }
      var slices: Slices?
      if let width = widths[number] {
        slices = Slices(width: width, taken: counters[nextCounter])
        nextCounter += threads
      }
      (works + number).initialize(
        to: Work(
          function: functions[step.kernel], product: products[step.kernel], buffers: first, bounds: bounds, slices: slices,
          step: call.step, isWhole: end == units, meets: meetings[call.step]))
    }
    let guardPoint = schedule.guardPoint.map { point in calls.firstIndex { $0.step >= point.steps } ?? calls.count }
    let guarded = schedule.guardPoint.flatMap { memory[.output, $0.output].baseAddress?.assumingMemoryBound(to: Float.self) }
    list = WorkList(
      works: works, count: calls.count, threads: threads, counters: counters, guardPoint: guardPoint ?? calls.count + 1,
      guarded: guarded.map { UnsafePointer($0) }, moments: nil)
  }

  deinit {
    works.deallocate()
    addresses.deallocate()
    bounds.deallocate()
    counters.deallocate()
  }

  /// The invocations in the order they run in, those of a stream once a chunk.
  private static func calls(of schedule: Schedule) -> [(step: Int, chunk: Int)] {
    var calls: [(step: Int, chunk: Int)] = []
    var end = 0
    for stream in schedule.streams {
      calls += (end..<stream.first).map { ($0, 0) }
      end = stream.first + stream.count
      for chunk in 0..<stream.chunks { calls += (stream.first..<end).map { ($0, chunk) } }
    }
    return calls + (end..<schedule.steps.count).map { ($0, 0) }
  }

  /// Returns where each thread's units begin, and the last one's end; a single unit is the first thread's.
  static func bounds(units: Int, threads: Int) -> [Int] {
    if units == 1 { return [0] + Array(repeating: 1, count: threads) }
    return (0...threads).map { units * $0 / threads }
  }
}
