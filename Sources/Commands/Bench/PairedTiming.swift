import Runtime
import Support

/// How long the steps of a plan take beside those of another one, which take turns with them.
///
/// What else the machine does slows both alike, so that the quotient holds still where times don't.
struct PairedTiming: Encodable {
  /// The other plan.
  let plan: String
  /// This plan's time ÷ the other's: the middle one of all pairs of steps, and those between which the middle half of them lies.
  let median: Double
  let lowerQuartile: Double
  let upperQuartile: Double
  let pairs: Int

  enum CodingKeys: String, CodingKey {
    case plan
    case median = "ratio"
    case lowerQuartile = "ratio_lower_quartile"
    case upperQuartile = "ratio_upper_quartile"
    case pairs
  }

  /// Times `pairs` pairs of steps of `executor` and of `other`, which is the plan at `path`; each goes first in every second pair.
  init(of executor: Executor, beside other: Executor, at path: String, pairs: Int) throws(NonFiniteLoss) {
    for _ in 0..<2 { try other.step() }
    var quotients: [Double] = []
    for pair in 0..<pairs {
      let first = try Timing(1) { () throws(NonFiniteLoss) in try (pair % 2 == 0 ? executor : other).step() }
      let second = try Timing(1) { () throws(NonFiniteLoss) in try (pair % 2 == 0 ? other : executor).step() }
      quotients.append(pair % 2 == 0 ? first.median / second.median : second.median / first.median)
    }
    quotients.sort()
    plan = path
    median = quotients[pairs / 2]
    lowerQuartile = quotients[pairs / 4]
    upperQuartile = quotients[3 * pairs / 4]
    self.pairs = pairs
  }

  /// A line for people.
  var text: String {
    "a step takes \(median.text(3)) of the time of one of '\(plan)': the median of \(counted(pairs, "pair")), half of them between \(lowerQuartile.text(3)) and \(upperQuartile.text(3))"
  }
}
