import Graph
import Operations
import Tensors

extension Graph {
  /// Appends an update by Adam of each parameter, and the assignments of parameters and moments.
  mutating func appendAdam(_ recipe: AdamRecipe, to parameters: [TrainedParameter], rate: ValueID, at clock: StepClock) throws {
    let adam = Adam(beta1: recipe.beta1, beta2: recipe.beta2, epsilon: recipe.epsilon, weightDecay: recipe.weightDecay)
    let corrections = [try biasCorrection(beta: recipe.beta1, at: clock), try biasCorrection(beta: recipe.beta2, at: clock)]
    let outerPosition = position
    defer { position = outerPosition }
    for parameter in parameters {
      position = self[parameter.value.node].position
      let names = [parameter.name, parameter.name + ".adam.m", parameter.name + ".adam.v"]
      let moments = try names[1...].map { name in try one(State(name: name, type: type(of: parameter.value), initial: .constant(0))) }
      let updated = try append(adam, [parameter.value, parameter.gradient] + moments + [rate] + corrections)
      for (name, value) in zip(names, updated) { try append(Assign(name: name), [value]) }
    }
  }

  /// Appends 1 − betaᵗ at the update t that `clock` tells.
  ///
  /// - Numerics: it is 2u / (1 + u) with u = tanh(−t · ln beta / 2), in which nothing cancels: a few units in the last place at every t. The power taken from 1 would
  ///   lose four digits at t = 1 for beta = 0.999, and a carried product would gather an error at every update and be one more state to keep.
  mutating func biasCorrection(beta: Double, at clock: StepClock) throws -> ValueID {
    let one = try constant(1, .scalar(.f32))
    guard beta > 0 else { return one }
    let u = try tanh(scaled(clock.number, by: -Logarithm.value(beta) / 2))
    return try divide(add(u, u), add(one, u))
  }
}
