import Synchronization

/// How a work's units are cut, so that a thread that is done with its own can take what others have not begun.
///
/// The machine's cores are not equally fast at all times: other programs, and other guests of a virtual machine's host, take their part of one or the other. What is computed doesn't
/// depend on who does it, since any partition of the units makes the same bits.
struct Slices {
  /// The units of a slice; slices begin at its multiples, but for a thread's first one.
  let width: Int
  /// How many slices of each thread's units have been taken, a stride apart.
  let taken: UnsafeMutablePointer<Atomic<Int>>

  /// Slices of a thread's units, about, at most: more would gain little, and each call of a kernel begins with cold operands.
  private static let most = 16

  /// Returns the width of slices that are multiples of `least` units where threads do about `units` each; `nil` where each would have less than two.
  static func width(least: Int, units: Int) -> Int? {
    let count = units / least
    return count < 2 ? nil : least * ((count - 1) / most + 1)
  }

  /// Takes the next slice of `units`, thread `owner`'s, or nothing where all have been taken.
  func take(of units: Range<Int>, _ owner: Int) -> Range<Int>? {
    let counter = taken + owner * SliceCounters.stride
    let first = units.lowerBound / width * width
    let count = (units.upperBound - first + width - 1) / width
    // Looking is cheaper than taking, and most have nothing left.
    guard !units.isEmpty, counter.pointee.load(ordering: .relaxed) < count else { return nil }
    // What a slice needs was seen at the last meeting, and what it makes is seen at the next.
    let number = counter.pointee.add(1, ordering: .relaxed).oldValue
    guard number < count else { return nil }
    let begin = first + number * width
    return max(begin, units.lowerBound)..<min(begin + width, units.upperBound)
  }
}

/// How many slices have been taken of each thread's units, for each work that has slices; each number has a line of the caches to itself.
struct SliceCounters {
  private let numbers: UnsafeMutablePointer<Atomic<Int>>
  private let count: Int

  /// The distance of two numbers.
  static let stride = 8

  /// Makes `count` numbers, all 0.
  init(count: Int) {
    self.count = count
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * Self.stride * MemoryLayout<Atomic<Int>>.stride, alignment: 64)
    numbers = bytes.bindMemory(to: Atomic<Int>.self, capacity: max(1, count) * Self.stride)
    for number in 0..<count * Self.stride { (numbers + number).initialize(to: Atomic(0)) }
  }

  /// The number from `position` on.
  subscript(position: Int) -> UnsafeMutablePointer<Atomic<Int>> { numbers + position * Self.stride }

  /// Sets all to 0; nobody may be at work.
  func reset() {
    for position in 0..<count { self[position].pointee.store(0, ordering: .relaxed) }
  }

  func deallocate() { numbers.deallocate() }
}
