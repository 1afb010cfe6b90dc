/// When the threads of a step wait for each other.
extension Schedule {
  /// For each invocation, whether all threads must be done with it, and with those before, until any goes on.
  ///
  /// They need not where what follows neither touches what has been written since they met last nor writes what has been read since then, or where the first thread alone does both.
  /// They meet around each invocation of a stream, which moves on in its buffers, at the guard, where all look at one number, and at the end.
  package var meetings: [Bool] {
    var meetings = [Bool](repeating: false, count: steps.count)
    if let last = meetings.indices.last { meetings[last] = true }
    if let point = guardPoint?.steps, point > 0 { meetings[point - 1] = true }
    for stream in streams {
      for number in max(0, stream.first - 1)..<stream.first + stream.count { meetings[number] = true }
    }
    var open: [Access] = []
    for (number, step) in steps.enumerated() {
      let isAlone = kernels[step.kernel].units == 1
      let own = step.buffers.indices.map { Access(place: step.buffers[$0], isWritten: step.written.contains($0), isAlone: isAlone) }
      // Nothing is open before the first.
      if own.contains(where: { access in open.contains { $0.mustPrecede(access) } }) { meetings[number - 1] = true }
      if number > 0, meetings[number - 1] { open = [] }
      open += own
    }
    return meetings
  }
}

/// What an invocation does to a place.
private struct Access {
  let place: Schedule.Place
  let isWritten: Bool
  /// Whether the first thread does all of it.
  let isAlone: Bool

  /// Whether no thread may begin `other` before all are done with this.
  func mustPrecede(_ other: Access) -> Bool {
    (isWritten || other.isWritten) && !(isAlone && other.isAlone) && place.overlaps(other.place)
  }
}

extension Schedule.Place {
  /// Whether the two have a byte in common.
  fileprivate func overlaps(_ other: Schedule.Place) -> Bool {
    guard region == other.region else { return false }
    guard region == .arena else { return position == other.position }
    return (position..<position + bytes).overlaps(other.position..<other.position + other.bytes)
  }
}
