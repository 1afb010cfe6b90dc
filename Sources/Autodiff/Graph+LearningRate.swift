import Graph
import Loops
import Operations
import Tensors

extension Graph {
  /// Appends the learning rate of the update that `clock` tells, f32[].
  ///
  /// It grows linearly over the first `warmUp` updates, and is multiplied by the factor once for each milestone's epochs that are over.
  /// How many updates make an epoch is the state `updates_per_epoch`, i32[], which the trainer sets: the model doesn't know its data. At 0 no milestone is reached.
  mutating func learningRate(of recipe: TrainingRecipe, at clock: StepClock) throws -> ValueID {
    var rate = try constant(recipe.optimizer.learningRate, .scalar(.f32))
    if recipe.warmUp > 0 {
      let share = try divide(clock.number, constant(Double(recipe.warmUp), .scalar(.f32)))
      rate = try multiply(rate, minimum(share, constant(1, .scalar(.f32))))
    }
    guard !recipe.milestones.isEmpty else { return rate }
    let updates = try one(State(name: "updates_per_epoch", type: .scalar(.i32), initial: .constant(0)))
    // The epochs that are over are counted by a division, so that no product of two counts can overflow; nothing is divided by 0.
    let divisor = try maximum(updates, constant(1, .scalar(.i32)))
    let epochs = try divide(clock.step, divisor)
    let isKnown = try compare(.greater, updates, constant(0, .scalar(.i32)))
    let (one, factor) = (try constant(1, .scalar(.f32)), try constant(recipe.milestoneFactor, .scalar(.f32)))
    for milestone in recipe.milestones {
      let isOver = try compare(.greaterOrEqual, epochs, constant(Double(milestone), .scalar(.i32)))
      rate = try multiply(rate, select(isKnown, select(isOver, factor, one), one))
    }
    return rate
  }
}
