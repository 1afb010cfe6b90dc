/// Chooses what is released early and made again, so that less is live at once.
///
/// The rule: as long as some moment is above the level that is aimed at, the storage is dropped whose dropping takes away the most bytes above the level, summed over
/// all moments, for a nanosecond of work done again. Both are known exactly, from the timeline with and without it. It is released in its longest wait; then its release in
/// every wait after that is weighed likewise. What turns out not to be needed is kept after all.
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
  /// The same for those that begin anew, from the lowest of the others on.
  private static let lastRung = 0.96

  /// A choice and what comes of it.
  struct Choice {
    let dropped: Drops
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
    return Choice(dropped: Drops(), timeline: timeline)
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
  ///
  /// Each goes on from the one before, and at last some that begin anew: what was dropped for a higher level isn't always what a lower one is best reached by.
  var ladder: [Choice] {
    let plain = nothing
    var current = plain
    var choices = [plain]
    func descend(by rung: Double, giveUpAfter most: Int, _ next: (Choice, Int) -> Choice) {
      var level = Double(current.timeline.peak)
      var failures = 0
      while failures < most, level >= 1 {
        level *= rung
        let choice = next(current, Int(level))
        failures = choice.timeline.peak < current.timeline.peak ? 0 : failures + 1
        if failures == 0 { current = choice }
        choices.append(trimmed(choice, to: Int(level)))
      }
    }
    descend(by: Recomputation.rung, giveUpAfter: 4) { lowered($0, to: $1, spending: .infinity) }
    descend(by: Recomputation.lastRung, giveUpAfter: 2) { lowered(plain, to: $1, spending: .infinity) }
    return choices
  }

  /// A release that may be decided next, and what it was last found to gain, in which round.
  private struct Candidate {
    let storage: Int
    let extent: Drops.Extent
    var gain = Double.infinity
    var round = -1
  }

  /// The candidate that comes after `storage` is dropped in `extent`, if there is one.
  private func candidate(_ storage: Int, after extent: Drops.Extent?) -> Candidate? {
    switch extent {
    case nil: Candidate(storage: storage, extent: .longestWait)
    case .longestWait: waits.lasts[storage] > waits.ends[storage] ? Candidate(storage: storage, extent: .everyWait) : nil
    case .everyWait: nil
    }
  }

  /// Drops one storage after another until no moment is above `level`, or nothing more helps, or the time would be above `limit`.
  private func lowered(_ start: Choice, to level: Int, spending limit: Double) -> Choice {
    var current = start
    var excess = current.timeline.excess(over: level)
    // A gain mostly shrinks as others are dropped, so the best old gain is worked out anew until it stays the best.
    var open = candidates.compactMap { candidate($0, after: start.dropped[$0]) }
    var round = 0
    while excess > 0, let best = open.indices.max(by: { (open[$0].gain, open[$1].storage) < (open[$1].gain, open[$0].storage) }) {
      let (storage, extent) = (open[best].storage, open[best].extent)
      if open[best].gain <= 0 {
        // Old gains can also have grown: all are looked at once more before it ends.
        guard open.contains(where: { $0.round != round }) else { break }
        for i in open.indices where open[i].round != round { open[i].gain = .infinity }
        continue
      }
      let dropped = current.dropped.with(storage, extent)
      guard let timeline = Timeline(model, order, dropping: dropped, waits: waits), timeline.nanoseconds <= limit else {
        open.remove(at: best)
        continue
      }
      let gain = Double(excess - timeline.excess(over: level)) / max(1, timeline.nanoseconds - current.timeline.nanoseconds)
      let isStillBest = open.indices.allSatisfy { $0 == best || open[$0].gain <= gain }
      if isStillBest && gain > 0 {
        current = Choice(dropped: dropped, timeline: timeline)
        excess = timeline.excess(over: level)
        open.remove(at: best)
        if let next = candidate(storage, after: extent) { open.append(next) }
        round += 1
      } else {
        (open[best].gain, open[best].round) = (gain, round)
      }
    }
    return current
  }

  /// Keeps after all what can be kept at no more than `level` bytes, or the choice's own peak: the dearest first.
  private func trimmed(_ choice: Choice, to level: Int?) -> Choice {
    var current = choice
    let most = max(choice.timeline.peak, level ?? 0)
    let dearest = choice.dropped.extents.keys.sorted { (cost(of: $1), $0) < (cost(of: $0), $1) }
    for storage in dearest {
      for extent in [nil, Drops.Extent.longestWait] where current.dropped[storage] != extent {
        let dropped = current.dropped.with(storage, extent)
        guard let timeline = Timeline(model, order, dropping: dropped, waits: waits), timeline.peak <= most,
          timeline.nanoseconds <= current.timeline.nanoseconds
        else { continue }
        current = Choice(dropped: dropped, timeline: timeline)
        break
      }
    }
    return current
  }

  private func cost(of storage: Int) -> Double { model.makers[storage].map { model.invocations[$0].nanoseconds } ?? 0 }
}
