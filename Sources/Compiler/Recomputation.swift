/// Chooses what is released early and made again, so that less is live at once.
///
/// The rule: as long as some moment is above the level that is aimed at, the storage is dropped whose dropping takes away the most bytes above the level, summed over
/// all moments, for a nanosecond of work done again. Both are known exactly, from the timeline with and without it. What turns out not to be needed is kept after all.
struct Recomputation {
  private let model: StepModel
  private let order: [Int]
  private let waits: Waits
  /// What may be dropped.
  private let candidates: [Int]

  /// Storages of less than this part of the peak aren't worth a thought.
  private static let smallestPart = 1000
  /// The part of the step's estimated time that may be spent on work done again where no budget asks for more.
  ///
  /// Estimates are of tensors that come from memory, while what is made again is mostly still near: in the step that README measures first, no difference could be measured.
  private static let freeShare = 0.03
  /// How much lower each level is than the one before, in the search for the least.
  private static let rung = 0.85

  /// A choice and what comes of it.
  struct Choice {
    let dropped: Set<Int>
    let timeline: Timeline
  }

  init(_ model: StepModel, order: [Int]) {
    self.model = model
    self.order = order
    let waits = Waits(model, order)
    self.waits = waits
    let smallest = (Timeline(model, order, waits: waits)?.peak ?? 0) / Recomputation.smallestPart
    candidates = model.sizes.indices.filter { storage in
      guard let maker = model.makers[storage], model.invocations[maker].isRepeatable else { return false }
      return model.sizes[storage] > smallest && waits.ends[storage] - waits.begins[storage] > 1
    }
  }

  /// Nothing is made again.
  var nothing: Choice {
    guard let timeline = Timeline(model, order, waits: waits) else { preconditionFailure("what runs once reads no state too late") }
    return Choice(dropped: [], timeline: timeline)
  }

  /// What costs next to nothing is made again.
  var standard: Choice {
    let plain = nothing
    let limit = plain.timeline.nanoseconds * (1 + Recomputation.freeShare)
    return trimmed(lowered(plain, to: plain.timeline.peak / 2, spending: limit), to: nil)
  }

  /// What must be made again for at most `level` bytes live at once, or as near to that as this search comes.
  func choice(for level: Int) -> Choice {
    trimmed(lowered(nothing, to: level, spending: .infinity), to: level)
  }

  /// Choices with ever lower peaks, down to the lowest that is found; they depend on no budget.
  var ladder: [Choice] {
    var current = nothing
    var choices = [current]
    var level = Double(current.timeline.peak)
    var failures = 0
    while failures < 4, level >= 1 {
      level *= Recomputation.rung
      let next = lowered(current, to: Int(level), spending: .infinity)
      failures = next.timeline.peak < current.timeline.peak ? 0 : failures + 1
      current = next
      choices.append(trimmed(current, to: Int(level)))
    }
    return choices
  }

  /// Drops one storage after another until no moment is above `level`, or nothing more helps, or the time would be above `limit`.
  private func lowered(_ start: Choice, to level: Int, spending limit: Double) -> Choice {
    var current = start
    var excess = current.timeline.excess(over: level)
    // A gain mostly shrinks as others are dropped, so the best old gain is worked out anew until it stays the best.
    var gains = candidates.filter { !start.dropped.contains($0) }.map { (storage: $0, gain: Double.infinity, round: -1) }
    var round = 0
    while excess > 0, let best = gains.indices.max(by: { (gains[$0].gain, gains[$1].storage) < (gains[$1].gain, gains[$0].storage) }) {
      let storage = gains[best].storage
      if gains[best].gain <= 0 {
        // Old gains can also have grown: all are looked at once more before it ends.
        guard gains.contains(where: { $0.round != round }) else { break }
        for i in gains.indices where gains[i].round != round { gains[i].gain = .infinity }
        continue
      }
      guard let timeline = Timeline(model, order, dropping: current.dropped.union([storage]), waits: waits), timeline.nanoseconds <= limit else {
        gains.remove(at: best)
        continue
      }
      let gain = Double(excess - timeline.excess(over: level)) / max(1, timeline.nanoseconds - current.timeline.nanoseconds)
      let isStillBest = gains.indices.allSatisfy { $0 == best || gains[$0].gain <= gain }
      if isStillBest && gain > 0 {
        current = Choice(dropped: current.dropped.union([storage]), timeline: timeline)
        excess = timeline.excess(over: level)
        gains.remove(at: best)
        round += 1
      } else {
        (gains[best].gain, gains[best].round) = (gain, round)
      }
    }
    return current
  }

  /// Keeps after all what can be kept at no more than `level` bytes, or the choice's own peak: the dearest first.
  private func trimmed(_ choice: Choice, to level: Int?) -> Choice {
    var current = choice
    let most = max(choice.timeline.peak, level ?? 0)
    let dearest = choice.dropped.sorted { (cost(of: $1), $0) < (cost(of: $0), $1) }
    for storage in dearest {
      let dropped = current.dropped.subtracting([storage])
      if let timeline = Timeline(model, order, dropping: dropped, waits: waits), timeline.peak <= most,
        timeline.nanoseconds <= current.timeline.nanoseconds
      {
        current = Choice(dropped: dropped, timeline: timeline)
      }
    }
    return current
  }

  private func cost(of storage: Int) -> Double { model.makers[storage].map { model.invocations[$0].nanoseconds } ?? 0 }
}
