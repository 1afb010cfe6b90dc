import PlanFile
import Runtime
import Tensors

/// A trace in the format that Chrome's and Perfetto's viewers read: a lane a thread, and a counter of live bytes.
///
/// - Source: Trace Event Format, the JSON object form.
struct Trace: Encodable {
  let traceEvents: [Event]
  let displayTimeUnit = "ms"

  /// An event; times are in microseconds.
  struct Event: Encodable {
    let name: String
    /// `X`: something with a length; `C`: a counter's value; `M`: a name.
    let ph: String
    let pid = 1
    let tid: Int
    var ts: Double?
    var dur: Double?
    let args: Arguments
  }

  /// What a viewer shows of an event.
  struct Arguments: Encodable {
    var name: String?
    var bytes: Int?
    var operation: String?
    var kernel: String?
    var route: String?
    var pass: String?
    var buffers: [String]?
    var bufferBytes: Int?
    var gflops: Double?

    enum CodingKeys: String, CodingKey {
      case name, bytes, operation, kernel, route, pass, buffers
      case bufferBytes = "buffer_bytes"
      case gflops = "gflop_per_s"
    }
  }

  /// The trace of `spans`, which are an executor's of `schedule`.
  init(_ spans: [WorkSpan], of schedule: Schedule, threads: Int, name: String) {
    var events = [Event(name: "process_name", ph: "M", tid: 0, args: Arguments(name: name))]
    events += (0..<threads).map { Event(name: "thread_name", ph: "M", tid: $0, args: Arguments(name: "worker \($0)")) }
    let live = schedule.liveBytes
    var last: Int?
    for span in spans {
      let step = schedule.steps[span.step]
      let kernel = schedule.kernels[step.kernel]
      let microseconds = Double(span.begin) / 1000
      if last != span.step {
        events.append(Event(name: "live bytes", ph: "C", tid: 0, ts: microseconds, args: Arguments(bytes: live[span.step])))
        last = span.step
      }
      let elements = step.buffers.enumerated().map { number, place in
        (step.written.contains(number) ? "→ " : "") + "\(place.element.rawValue)[\(place.bytes / place.element.size)]"
      }
      // A thread's own rate: the products of its units in its time.
      let rate = kernel.flops == 0 ? nil : span.share * Double(kernel.flops) / Double(max(1, span.end - span.begin))
      let arguments = Arguments(
        operation: step.label, kernel: kernel.symbol, route: kernel.route, pass: kernel.role, buffers: elements,
        bufferBytes: step.buffers.reduce(0) { $0 + $1.bytes }, gflops: rate)
      let title = step.label.split(separator: " at ").first.map(String.init) ?? step.label
      events.append(
        Event(name: title, ph: "X", tid: span.thread, ts: microseconds, dur: Double(span.end - span.begin) / 1000, args: arguments))
    }
    traceEvents = events
  }
}
