import Support

/// The step as it will run, and its memory.
struct StepPlan: Sendable {
  let order: StepOrder
  let arena: ArenaPlan

  private init(_ regions: StepRegions, _ choice: Recomputation.Choice) {
    order = StepOrder(regions, choice.timeline)
    arena = ArenaPlan(order)
  }

  /// What is tried before a budget is refused.
  enum Effort: Sendable {
    /// What drops just as much as the budget asks for.
    case direct
    /// Choices with ever lower peaks, too, so that the refusal can tell the least.
    case full
  }

  /// Plans the step within `budget` bytes, or with what costs next to nothing made again where there is none.
  ///
  /// - Errors: the budget can't be met with this effort.
  init(_ regions: StepRegions, budget: Int?, _ effort: Effort, _ stopwatch: Stopwatch) throws(BudgetRefusal) {
    let model = StepModel(regions)
    let order = stopwatch.time("ordering") { model.bestOrder }
    self = try stopwatch.time("planning") { () throws(BudgetRefusal) in
      try StepPlan.planned(regions, Recomputation(model, order: order), within: budget, effort)
    }
  }

  private static func planned(
    _ regions: StepRegions, _ recomputation: Recomputation, within budget: Int?, _ effort: Effort
  ) throws(BudgetRefusal) -> StepPlan {
    let standard = recomputation.standard
    guard let budget else { return StepPlan(regions, standard) }
    // No plan is smaller than its timeline's peak, which takes less time to find.
    if standard.timeline.peak <= budget {
      let plan = StepPlan(regions, standard)
      if plan.arena.bytes <= budget { return plan }
    }
    // The packer may need a little more than what is live.
    var level = budget
    for _ in 0..<3 {
      let choice = recomputation.choice(for: level)
      guard choice.timeline.peak <= budget else { break }
      let direct = StepPlan(regions, choice)
      if direct.arena.bytes <= budget { return direct }
      guard choice.timeline.peak <= level else { break }
      level -= direct.arena.bytes - budget
    }
    guard effort == .full else { throw BudgetRefusal(budget: budget, least: standard.timeline.peak) }
    var least = Int.max
    for choice in recomputation.ladder.sorted(by: { $0.timeline.peak < $1.timeline.peak }) where choice.timeline.peak < least {
      let plan = StepPlan(regions, choice)
      if plan.arena.bytes <= budget { return plan }
      least = min(least, plan.arena.bytes)
    }
    // What aims below the lowest from the beginning may come lower still.
    for _ in 0..<3 {
      let choice = recomputation.choice(for: least - 1)
      guard choice.timeline.peak < least, case let plan = StepPlan(regions, choice), plan.arena.bytes < least else { break }
      if plan.arena.bytes <= budget { return plan }
      least = plan.arena.bytes
    }
    throw BudgetRefusal(budget: budget, least: least)
  }
}

/// Nothing fits the memory budget.
struct BudgetRefusal: Error {
  let budget: Int
  /// The fewest bytes that were reached; where no effort was made for less, those that are live at once without a budget.
  let least: Int

  func diagnostic(hasWindows: Bool) -> Diagnostic {
    var refusal = Diagnostic(
      "the step's intermediates don't fit into \(counted(budget, "byte")): with everything made again that helps, they take \(least)",
      hint: "a smaller batch takes less\(hasWindows ? ", as does '--convolutions direct'" : ""), or give '--memory-budget \(least)'")
    refusal.figures["least_memory_budget"] = least
    return refusal
  }
}
