import Support
import Tensors

extension Schedule {
  /// Checks that streams don't overlap, that their chunks are all of their kernels' units, and that nothing else is cut.
  ///
  /// - Requires: the invocations are valid by themselves.
  func validateStreams() throws(Diagnostic) {
    var end = 0
    for (number, stream) in streams.enumerated() {
      guard stream.first >= end, stream.count >= 1, stream.first <= steps.count, stream.count <= steps.count - stream.first, stream.chunks >= 1 else {
        throw Diagnostic("has stream \(number) of \(stream.count) invocations from \(stream.first) on, in \(stream.chunks) chunks")
      }
      for step in steps[end..<stream.first] { try step.requireWhole() }
      end = stream.first + stream.count
      for step in steps[stream.first..<end] { try step.validate(in: stream, units: kernels[step.kernel].units) }
      if let guardPoint, guardPoint.steps > stream.first, guardPoint.steps < end {
        throw Diagnostic("has its guard amid stream \(number)")
      }
    }
    for step in steps[end...] { try step.requireWhole() }
  }
}

extension Schedule.Invocation {
  /// Checks that the invocation is not cut.
  fileprivate func requireWhole() throws(Diagnostic) {
    guard chunk == nil, buffers.allSatisfy({ $0.advance == nil }) else { throw Diagnostic("cuts '\(label)' into chunks outside of a stream") }
  }

  /// Checks that the chunks of `stream` are the kernel's `units`, and that its buffers can move along.
  fileprivate func validate(in stream: Schedule.Stream, units: Int) throws(Diagnostic) {
    let (all, overflows) = (chunk ?? 0).multipliedReportingOverflow(by: stream.chunks)
    guard let chunk, chunk >= 1, !overflows, all >= units, all - chunk < units else {
      throw Diagnostic("cuts the \(units) units of '\(label)' into \(stream.chunks) chunks of \(chunk ?? 0)")
    }
    for place in buffers {
      guard let advance = place.advance else { continue }
      guard place.region == .arena, advance >= 1, advance <= TensorType.byteLimit / stream.chunks, advance % place.element.size == 0 else {
        throw Diagnostic("moves a buffer of '\(label)' on by \(advance) bytes a chunk")
      }
    }
  }
}
