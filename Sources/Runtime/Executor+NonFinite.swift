import PlanFile
import Support
import Tensors

/// Where the first infinity or NaN of a step came from.
package struct NonFiniteOrigin: Hashable, Sendable {
  /// What held or made the number.
  package enum Source: Hashable, Sendable {
    /// A state tensor or an input held it before the step.
    case state(String)
    case input(String)
    /// The operation of invocation `number` made it, in its buffer `buffer`; `label` says it in the model's terms.
    case operation(number: Int, label: String, buffer: Int)
  }

  package let source: Source
  /// The row-major position of the first such element.
  package let element: Int
  package let value: Float
}

extension NonFiniteOrigin: CustomStringConvertible {
  /// The origin in a user's terms, to follow "the loss is not finite: ".
  package var description: String {
    switch source {
    case .state(let name): "state '\(name)' already held \(value), in element \(element)"
    case .input(let name): "input '\(name)' held \(value), in element \(element)"
    case .operation(_, let label, _): "'\(label)' was the first to make \(value), in element \(element)"
    }
  }
}

extension Executor {
  /// Finds what held or made the first number of the last, given-up step that is not finite, by running it again one operation at a time.
  ///
  /// - Ensures: the state is unchanged: nothing beyond the guard point runs.
  /// - Returns: `nil` when everything is finite, or the plan has no guard point.
  package func firstNonFinite() -> NonFiniteOrigin? {
    for (number, tensor) in plan.manifest.state.enumerated() {
      if let (element, value) = tensor.element.firstNonFinite(in: memory[.state, number]) {
        return NonFiniteOrigin(source: .state(tensor.name), element: element, value: value)
      }
    }
    for (number, tensor) in plan.manifest.inputs.enumerated() {
      if let (element, value) = tensor.element.firstNonFinite(in: memory[.input, number]) {
        return NonFiniteOrigin(source: .input(tensor.name), element: element, value: value)
      }
    }
    // Parts of buffers that no operation writes must not speak of earlier steps.
    memory.clearArena()
    guard plan.schedule.guardPoint != nil else { return nil }
    for work in UnsafeBufferPointer(start: schedule.list.works, count: schedule.list.guardPoint) {
      let (number, step) = (work.step, plan.schedule.steps[work.step])
      work.run(work.bounds[0]..<work.bounds[threads])
      // What a stream has not yet made of a buffer says nothing.
      for buffer in step.written where work.isWhole || step.buffers[buffer].advance != nil {
        let place = step.buffers[buffer]
        if let (element, value) = place.element.firstNonFinite(in: memory[place]) {
          return NonFiniteOrigin(source: .operation(number: number, label: step.label, buffer: buffer), element: element, value: value)
        }
      }
    }
    return nil
  }
}

extension ElementType {
  /// Returns the first element in `bytes` that is infinite or not a number, and its position.
  fileprivate func firstNonFinite(in bytes: UnsafeMutableRawBufferPointer) -> (element: Int, value: Float)? {
    guard isFloating else { return nil }
    let bytes = UnsafeRawBufferPointer(bytes)
    for element in 0..<bytes.count / size {
      let value = float(at: element, in: bytes)
      if !value.isFinite { return (element, value) }
    }
    return nil
  }
}
