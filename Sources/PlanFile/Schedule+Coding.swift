/// A schedule as it stands in the file: each buffer once, and invocations with their buffers' numbers.
///
/// Most buffers are many invocations' own, and reading where they are would take most of the time that it takes to read a plan.
private struct ScheduleRecord: Codable {
  let kernels: [Schedule.CompiledKernel]
  let buffers: [Schedule.Place]
  let steps: [Step]
  let guardPoint: Schedule.GuardPoint?
  let streams: [Schedule.Stream]

  struct Step: Codable {
    let kernel: Int
    let label: String
    /// Numbers of `buffers`.
    let buffers: [Int]
    let written: [Int]
    let chunk: Int?
  }
}

extension Schedule: Codable {
  /// Reads a schedule; numbers of buffers that aren't there are a mistake of the data, all else is for `validate` to judge.
  package init(from decoder: any Decoder) throws {
    let record = try ScheduleRecord(from: decoder)
    let steps = try record.steps.map { step in
      let buffers = try step.buffers.map { number in
        guard record.buffers.indices.contains(number) else {
          throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "there is no buffer \(number)"))
        }
        return record.buffers[number]
      }
      return Invocation(kernel: step.kernel, label: step.label, buffers: buffers, written: step.written, chunk: step.chunk)
    }
    self.init(kernels: record.kernels, steps: steps, guardPoint: record.guardPoint, streams: record.streams)
  }

  /// Writes the schedule, buffers in the order of their first use.
  package func encode(to encoder: any Encoder) throws {
    var buffers: [Place] = []
    var numbers: [Place: Int] = [:]
    let steps = steps.map { step in
      let own = step.buffers.map { place in
        if let number = numbers[place] { return number }
        buffers.append(place)
        numbers[place] = buffers.count - 1
        return buffers.count - 1
      }
      return ScheduleRecord.Step(kernel: step.kernel, label: step.label, buffers: own, written: step.written, chunk: step.chunk)
    }
    try ScheduleRecord(kernels: kernels, buffers: buffers, steps: steps, guardPoint: guardPoint, streams: streams).encode(to: encoder)
  }
}
