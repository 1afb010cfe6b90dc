import Support

/// The step as it will run, and its memory.
struct StepPlan: Sendable {
  let order: StepOrder
  let arena: ArenaPlan

  private init(_ regions: StepRegions, _ choice: Recomputation.Choice) {
    order = StepOrder(regions, choice.timeline)
    arena = ArenaPlan(order)
  }

  /// Plans the step within `budget` bytes, or with what costs next to nothing made again where there is none.
  ///
  /// - Errors: the budget can't be met.
  init(_ regions: StepRegions, budget: Int?, _ stopwatch: Stopwatch) throws(BudgetRefusal) {
    let model = StepModel(regions)
    let order = stopwatch.time("ordering") { model.bestOrder }
    self = try stopwatch.time("planning") { () throws(BudgetRefusal) in
      try StepPlan.planned(regions, Recomputation(model, order: order), within: budget)
    }
  }

  private static func planned(_ regions: StepRegions, _ recomputation: Recomputation, within budget: Int?) throws(BudgetRefusal) -> StepPlan {
    let standard = StepPlan(regions, recomputation.standard)
    guard let budget, standard.arena.bytes > budget else { return standard }
    // The packer may need a little more than what is live.
    var level = budget
    for _ in 0..<3 {
      let direct = StepPlan(regions, recomputation.choice(for: level))
      if direct.arena.bytes <= budget { return direct }
      guard direct.arena.lowerBound <= level else { break }
      level -= direct.arena.bytes - budget
    }
    let rungs = recomputation.ladder.map { (nanoseconds: $0.timeline.nanoseconds, plan: StepPlan(regions, $0)) }
    if let fitting = rungs.filter({ $0.plan.arena.bytes <= budget }).min(by: { $0.nanoseconds < $1.nanoseconds }) { return fitting.plan }
    throw BudgetRefusal(budget: budget, least: rungs.map(\.plan.arena.bytes).min() ?? standard.arena.bytes)
  }
}

/// Nothing fits the memory budget.
struct BudgetRefusal: Error {
  let budget: Int
  /// The fewest bytes that were reached.
  let least: Int

  func diagnostic(hasWindows: Bool) -> Diagnostic {
    var refusal = Diagnostic(
      "the step's intermediates don't fit into \(budget) bytes: with everything made again that helps, they take \(least)",
      hint: "a smaller batch takes less\(hasWindows ? ", as does '--convolutions direct'" : ""), or give '--memory-budget \(least)'")
    refusal.figures["least_memory_budget"] = least
    return refusal
  }
}
