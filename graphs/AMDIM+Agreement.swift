import Vergence

extension AMDIM {
  /// How well maps of one view predict maps of the other: the loss of each pair, and what they sum to.
  struct Agreement {
    let losses: [TrainingStep.Metric]
    /// The weighted mean squared score, averaged over directions and summed over pairs.
    let penalty: Value
    /// What is minimised.
    let total: Value
  }

  /// Scores every pair of maps in both directions between the two views.
  func agreement(of maps: Maps) throws -> Agreement {
    var losses: [TrainingStep.Metric] = []
    var (sum, penalties): (Value?, Value?)
    for pair in pairs {
      let sources = try pair.source == 1 ? maps.global : maps[pair.source].randomLocation("location\(pair.source)")
      let targets = try maps[pair.target]
      let score = try InfoNCE(clip: scoreClip, penalty: scorePenalty)(sources, targets)
      losses.append(TrainingStep.Metric("loss_\(pair.source)t\(pair.target)", score.loss, chance: score.chance))
      sum = try sum.map { try $0 + score.loss } ?? score.loss
      penalties = try penalties.map { try $0 + score.penalty } ?? score.penalty
    }
    guard let sum, let penalties else { throw mistake("there are no pairs of maps to agree", hint: "give one: --set pairs=1:5") }
    return Agreement(losses: losses, penalty: penalties, total: try sum + penalties)
  }
}
