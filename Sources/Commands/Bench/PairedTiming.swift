import Runtime
import Support

/// How long the steps of a plan take beside those of another one, which take turns with them.
///
/// What else the machine does slows both alike, so that the quotient holds still where times don't.
struct PairedTiming: Encodable {
  /// The other plan.
  let plan: String
  /// The milliseconds of a step of this plan and of the other: those in the middle of all turns.
  let milliseconds: Double
  let othersMilliseconds: Double
  /// This plan's time ÷ the other's: the middle one of all pairs of turns, and those between which the middle half of them lies.
  let median: Double
  let lowerQuartile: Double
  let upperQuartile: Double
  let pairs: Int

  enum CodingKeys: String, CodingKey {
    case plan, pairs
    case milliseconds = "step_ms"
    case othersMilliseconds = "other_step_ms"
    case median = "ratio"
    case lowerQuartile = "ratio_lower_quartile"
    case upperQuartile = "ratio_upper_quartile"
  }

  /// How long each turn is, of at least one step: beside it the other crew's threads, which look for work for a while before they sleep, count for little.
  private static let turn = Duration.milliseconds(20)

  /// Pairs from which on quartiles say something.
  private static let fewest = 4

  /// Times `pairs` pairs of turns of `executor` and of `other`, which is the plan at `path`; each goes first in every second pair.
  ///
  /// - Errors: a step of either is not finite.
  init(of executor: Executor, beside other: Executor, at path: String, pairs: Int) throws(Diagnostic) {
    func ownTurn() throws(Diagnostic) -> Double {
      try executor.reportingMistakes { () throws(NonFiniteLoss) in try executor.secondsAStep(over: Self.turn) }
    }
    func others<Result>(_ steps: () throws(NonFiniteLoss) -> Result) throws(Diagnostic) -> Result {
      do { return try other.reportingMistakes(steps) } catch { throw error.inPlan(at: path) }
    }
    func othersTurn() throws(Diagnostic) -> Double { try others { () throws(NonFiniteLoss) in try other.secondsAStep(over: Self.turn) } }
    try others { () throws(NonFiniteLoss) in try other.warmUp() }
    var (own, their): ([Double], [Double]) = ([], [])
    for pair in 0..<pairs {
      if pair % 2 == 0 { own.append(try ownTurn()) }
      their.append(try othersTurn())
      if pair % 2 != 0 { own.append(try ownTurn()) }
    }
    let quotients = zip(own, their).map { $0 / $1 }.sorted()
    plan = path
    (milliseconds, othersMilliseconds) = (1000 * own.sorted().median, 1000 * their.sorted().median)
    median = quotients.median
    lowerQuartile = quotients[pairs / 4]
    upperQuartile = quotients[3 * pairs / 4]
    self.pairs = pairs
  }

  /// A line for people.
  var text: String {
    "a step takes \(median.text(3)) of the time of one of '\(plan)', \(milliseconds.text(1)) and \(othersMilliseconds.text(1)) ms: medians of \(counted(pairs, "pair"))"
      + (pairs < Self.fewest ? "" : ", half of them between \(lowerQuartile.text(3)) and \(upperQuartile.text(3))")
  }
}
