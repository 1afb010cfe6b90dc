import PlanFile
import Support
import Tensors

extension Plan {
  /// The schedule for people: each invocation in order with its kernel, the bytes of the arena that are live in it, and its buffers' places.
  var listing: String {
    let live = schedule.liveBytes
    let width = String(schedule.steps.count).count
    var lines = ["// \(manifest.name): \(manifest.arenaBytes) bytes planned, at least \(manifest.lowerBoundBytes) live at once"]
    for (number, step) in schedule.steps.enumerated() {
      if let point = schedule.guardPoint, point.steps == number {
        lines.append("// no state is written before here: the step is given up where '\(manifest.outputs[point.output].name)' is not finite")
      }
      if let stream = schedule.streams.first(where: { $0.first == number }) {
        lines.append("// stream: the next \(stream.count) run one after another on each of \(counted(stream.chunks, "chunk"))")
      } else if schedule.streams.contains(where: { $0.first + $0.count == number }) {
        lines.append("// end of the stream")
      }
      let kernel = schedule.kernels[step.kernel]
      let index = String(repeating: " ", count: width - String(number).count) + String(number)
      let buffers = step.buffers.enumerated().map { (step.written.contains($0) ? "→ " : "") + manifest.text(of: $1) }
      let name = kernel.symbol.isEmpty ? "call" : kernel.symbol
      lines.append("\(index)  \(name)  [\(kernel.route)]  \(step.label)  live \(live[number])")
      lines.append(String(repeating: " ", count: width + 4) + buffers.joined(separator: ", "))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Manifest {
  /// A place as `dump --stage plan` shows it.
  fileprivate func text(of place: Schedule.Place) -> String {
    switch place.region {
    case .arena: "arena[\(place.position)..<\(place.position + place.bytes)] \(place.element.rawValue)\(place.advance == nil ? "" : " of a chunk")"
    case .input: "input '\(inputs[place.position].name)'"
    case .output: "output '\(outputs[place.position].name)'"
    case .state: "state '\(state[place.position].name)'"
    }
  }
}

extension Schedule {
  /// The bytes of the arena that hold something needed, in each invocation; buffers count up to where the next one may begin.
  ///
  /// What a place holds is needed from the invocation that writes it to the last one that reads it before it is written anew; two that meet in one
  /// invocation, as where a result takes its operand's place, count once.
  package var liveBytes: [Int] {
    var spans: [Range<Int>: [ClosedRange<Int>]] = [:]
    /// When what stands at `place` in invocation `number` is used: in all of a stream that comes back to it with each chunk.
    func uses(_ place: Place, _ number: Int) -> ClosedRange<Int> {
      guard place.advance == nil, let stream = streams.first(where: { $0.first <= number && number < $0.first + $0.count }) else {
        return number...number
      }
      return stream.first...stream.first + stream.count - 1
    }
    for (number, step) in steps.enumerated() {
      let places = step.buffers.enumerated().filter { $1.region == .arena }
      // Reads come first: they are of what stood there before.
      for (index, place) in places where !step.written.contains(index) {
        let bytes = place.position..<place.position + place.bytes
        guard let span = spans[bytes]?.popLast() else { continue }
        spans[bytes]?.append(span.lowerBound...max(span.upperBound, uses(place, number).upperBound))
      }
      for (index, place) in places where step.written.contains(index) {
        spans[place.position..<place.position + place.bytes, default: []].append(uses(place, number))
      }
    }
    var live = [Int](repeating: 0, count: steps.count)
    for (bytes, spans) in spans {
      var next = 0
      for span in spans where span.upperBound >= next {
        for number in max(next, span.lowerBound)...span.upperBound {
          live[number] += (bytes.count + Plan.alignment - 1) / Plan.alignment * Plan.alignment
        }
        next = span.upperBound + 1
      }
    }
    return live
  }
}
