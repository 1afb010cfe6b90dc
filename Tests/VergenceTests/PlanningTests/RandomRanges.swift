import Planning
import Support

/// Draws for tests: the same for the same seed.
struct Draws {
  private let generator: Philox
  private var count: UInt64 = 0

  init(seed: Int) { generator = Philox(seed: UInt32(seed), stream: "planning tests") }

  /// A whole number in `range`.
  mutating func next(in range: ClosedRange<Int>) -> Int {
    defer { count += 1 }
    return range.lowerBound + Int(generator.integer(below: UInt32(range.count), element: count, step: 0))
  }
}

/// Returns `count` ranges of any size and life.
func randomRanges(_ count: Int, seed: Int, sizes: ClosedRange<Int>, steps: Int) -> [LiveRange] {
  var draws = Draws(seed: seed)
  return (0..<count).map { i in
    let first = draws.next(in: 0...(steps - 1))
    return LiveRange(BufferID(index: i), size: draws.next(in: sizes), steps: first..<draws.next(in: (first + 1)...steps))
  }
}

/// Returns ranges like those of a training step of `layers` layers.
///
/// Activations are kept until their gradient is made on the way back, gradients live a step or two, and each layer has scratch of its own.
func trainingRanges(layers: Int, seed: Int) -> [LiveRange] {
  var draws = Draws(seed: seed)
  var ranges = [LiveRange]()
  func add(_ size: Int, _ steps: Range<Int>) { ranges.append(LiveRange(BufferID(index: ranges.count), size: size, steps: steps)) }
  let end = 4 * layers
  for layer in 0..<layers {
    let size = draws.next(in: 1...64) * 4096 >> (4 * layer / layers)
    let (forward, backward) = (2 * layer, end - 2 * layer)
    add(size, forward..<backward)  // the activation
    add(size, backward - 2..<backward + draws.next(in: 1...2))  // its gradient
    add(draws.next(in: 100...20_000), forward..<forward + 2)  // scratch of the way forward
    add(draws.next(in: 100...20_000), backward - 1..<backward)  // and of the way back
    add(draws.next(in: 64...4096), forward..<backward)  // statistics
    if draws.next(in: 0...3) == 0 { add(size, forward..<min(end, forward + draws.next(in: 3...9))) }  // a residual
  }
  return ranges
}
