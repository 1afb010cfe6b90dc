/// A step in order, with some results released early and made again where they are read next, and the bytes live at each moment.
///
/// A *dropped* storage is released in the longest time that it waits between two uses, or in every one from that on. Whoever reads it then has the invocation that makes it
/// run again before; what that one reads, it has made again likewise, and released once more where its own readers come later.
struct Timeline {
  /// A run of an invocation.
  struct Run {
    let invocation: Int
    /// Whether it ran before.
    let isAgain: Bool
    /// Where in `places` those are that it reads and writes, in the model's order.
    let reads: Range<Int>
    let writes: Range<Int>
  }

  /// A storage, and which making of it.
  struct Place: Hashable {
    let storage: Int
    /// 0 for the first.
    let making: Int
  }

  let runs: [Run]
  /// The places of all runs.
  let places: [Place]
  /// The most bytes live from each invocation of the order, inclusive, back to the one before, exclusive.
  let moments: [Int]
  /// The most bytes live at once.
  let peak: Int
  /// About how long the runs take.
  let nanoseconds: Double

  /// Runs `order`, with what is `dropped` released between uses.
  ///
  /// - Returns: `nil` where something would have to be made again from state that has been written by then.
  init?(_ model: StepModel, _ order: [Int], dropping dropped: Drops = Drops(), waits: Waits? = nil) {
    var builder = TimelineBuilder(model, waits ?? Waits(model, order), dropped)
    for (position, invocation) in order.enumerated() {
      guard builder.run(invocation, at: position, isAgain: false) else { return nil }
      builder.ends.append(builder.runs.count)
    }
    runs = builder.runs
    places = builder.places
    nanoseconds = builder.nanoseconds
    let live = builder.liveBytes()
    peak = live.max() ?? 0
    var begin = 0
    moments = builder.ends.map { end in
      defer { begin = end }
      return live[begin..<end].max() ?? 0
    }
  }

  /// The bytes above `level`, over all moments.
  func excess(over level: Int) -> Int { moments.reduce(0) { $0 + max(0, $1 - level) } }
}

/// What is released early.
struct Drops: Hashable, Sendable {
  /// When a storage is released.
  enum Extent: Hashable, Sendable {
    /// In the longest time that it waits between two uses.
    case longestWait
    /// In that, and in every wait after it.
    case everyWait
  }

  private(set) var extents: [Int: Extent] = [:]

  subscript(storage: Int) -> Extent? { extents[storage] }

  /// The same, with `storage` released in `extent`, or kept for `nil`.
  func with(_ storage: Int, _ extent: Extent?) -> Drops {
    var changed = self
    changed.extents[storage] = extent
    return changed
  }
}

/// The longest time that each storage waits between two uses, by positions in an order.
struct Waits {
  /// The position of the use before the longest wait, and of the one after; equal for what is used once.
  let begins: [Int]
  let ends: [Int]
  /// The position of the last use of all.
  let lasts: [Int]
  /// The position of the invocation that writes each state tensor, by number.
  let updates: [Int: Int]

  init(_ model: StepModel, _ order: [Int]) {
    var last = [Int](repeating: -1, count: model.sizes.count)
    var begins = last
    var ends = last
    var updates: [Int: Int] = [:]
    for (position, invocation) in order.enumerated() {
      for state in model.invocations[invocation].newStates { updates[state] = position }
      for storage in model.invocations[invocation].writes { (last[storage], begins[storage], ends[storage]) = (position, position, position) }
      for storage in model.invocations[invocation].reads {
        if position - last[storage] > ends[storage] - begins[storage] { (begins[storage], ends[storage]) = (last[storage], position) }
        last[storage] = position
      }
    }
    (self.begins, self.ends, self.lasts, self.updates) = (begins, ends, last, updates)
  }
}

/// What is known while a timeline is laid out.
private struct TimelineBuilder {
  let model: StepModel
  let waits: Waits
  private var extents: [Drops.Extent?]
  var runs: [Timeline.Run] = []
  var places: [Timeline.Place] = []
  /// The number of runs up to each invocation of the order.
  var ends: [Int] = []
  var nanoseconds = 0.0
  /// The makings of each storage so far, less one.
  private var makings: [Int]
  /// The latest making that may be read after the storage was released, if there is one, and the last position that it is kept for.
  private var latest: [(making: Int, lastPosition: Int)?]

  init(_ model: StepModel, _ waits: Waits, _ dropped: Drops) {
    self.model = model
    self.waits = waits
    extents = Array(repeating: nil, count: model.sizes.count)
    for (storage, extent) in dropped.extents { extents[storage] = extent }
    makings = Array(repeating: -1, count: model.sizes.count)
    latest = Array(repeating: nil, count: model.sizes.count)
    runs.reserveCapacity(model.invocations.count)
    places.reserveCapacity(4 * model.invocations.count)
  }

  /// Runs `invocation` for position `position` of the order, and before it what must be made again; `false` where that can't be.
  mutating func run(_ invocation: Int, at position: Int, isAgain: Bool) -> Bool {
    if isAgain {
      let isTooLate = model.invocations[invocation].oldStates.contains { state in waits.updates[state].map { $0 < position } ?? false }
      if isTooLate || !model.invocations[invocation].isRepeatable { return false }
    }
    // Copies of the whole invocation would count references to all that it holds.
    let (reads, writes) = (model.invocations[invocation].reads, model.invocations[invocation].writes)
    for storage in reads where making(of: storage, at: position) == nil {
      guard let maker = model.makers[storage], run(maker, at: position, isAgain: true) else { return false }
    }
    let begin = places.count
    for storage in reads {
      places.append(Timeline.Place(storage: storage, making: making(of: storage, at: position) ?? 0))
    }
    let middle = places.count
    for storage in writes {
      makings[storage] += 1
      if isAgain, making(of: storage, at: position) == nil {
        // What is only part of something else that is made again isn't kept until its own readers come.
        let isKept = extents[storage] == .longestWait && position >= waits.ends[storage]
        latest[storage] = (makings[storage], isKept ? .max : position)
      }
      places.append(Timeline.Place(storage: storage, making: makings[storage]))
    }
    runs.append(Timeline.Run(invocation: invocation, isAgain: isAgain, reads: begin..<middle, writes: middle..<places.count))
    nanoseconds += model.invocations[invocation].nanoseconds
    return true
  }

  /// The making of `storage` that is read at `position`; `nil` where it must be made again first.
  private func making(of storage: Int, at position: Int) -> Int? {
    guard isReleased(storage, at: position) else { return 0 }
    return latest[storage].flatMap { position <= $0.lastPosition ? $0.making : nil }
  }

  private func isReleased(_ storage: Int, at position: Int) -> Bool { extents[storage] != nil && position > waits.begins[storage] }

  /// The bytes live in each run.
  func liveBytes() -> [Int] {
    // Numbers for places: those of one storage follow each other.
    var bases = [Int](repeating: 0, count: makings.count + 1)
    for (storage, making) in makings.enumerated() { bases[storage + 1] = bases[storage] + making + 1 }
    var last = [Int](repeating: -1, count: bases[makings.count])
    var first = last
    for (number, run) in runs.enumerated() {
      for place in places[run.writes] {
        first[bases[place.storage] + place.making] = number
        last[bases[place.storage] + place.making] = number
      }
      for place in places[run.reads] { last[bases[place.storage] + place.making] = number }
    }
    var changes = [Int](repeating: 0, count: runs.count + 1)
    for (number, run) in runs.enumerated() {
      for place in places[run.writes] {
        changes[number] += model.sizes[place.storage]
        changes[last[bases[place.storage] + place.making] + 1] -= model.sizes[place.storage]
      }
      // Two that meet where one takes the other's place count once.
      var heirs: [Timeline.Place] = []
      for (result, operand) in model.invocations[run.invocation].overwrites {
        guard let source = places[run.reads].first(where: { $0.storage == operand }),
          let target = places[run.writes].first(where: { $0.storage == result }),
          last[bases[operand] + source.making] == number, first[bases[operand] + source.making] < number, !heirs.contains(source),
          !heirs.contains(target)
        else { continue }
        heirs += [source, target]
        changes[number] -= model.sizes[operand]
        changes[number + 1] += model.sizes[operand]
      }
    }
    var live = 0
    return runs.indices.map { number in
      live += changes[number]
      return live
    }
  }
}
