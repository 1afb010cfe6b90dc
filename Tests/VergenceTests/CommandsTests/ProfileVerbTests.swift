import Commands
import Foundation
import Testing

/// The trace of a step.
@Suite struct ProfileVerbTests {
  @Test(arguments: [1, 2]) func everyInvocationIsInALane(threads: Int) throws {
    let files = try TemporaryFiles()
    let path = files.path("trace.json")
    let result = Rehearsal(["profile", "pair", "--batch", "8", "--steps", "2", "--threads", "\(threads)", "-o", path, "--json"], on: verbs)
    #expect(result.exitCode == 0, "\(result.standardError)")
    let trace = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    let spans = events.filter { $0["ph"] as? String == "X" }
    #expect(Set(spans.compactMap { $0["tid"] as? Int }) == Set(0..<threads))
    #expect(events.filter { $0["name"] as? String == "thread_name" }.count == threads)
    // A lane's events follow each other.
    for thread in 0..<threads {
      let lane = spans.filter { $0["tid"] as? Int == thread }
      let begins = try lane.map { try #require($0["ts"] as? Double) }
      let ends = try zip(begins, lane).map { $0 + (try #require($1["dur"] as? Double)) }
      #expect(zip(ends, begins.dropFirst()).allSatisfy { $0 <= $1 + 1e-3 })
    }
    // Some thread has a part of every invocation, in each of the steps.
    let planned = Rehearsal(["compile", "pair", "--batch", "8", "-o", files.path("pair.plan"), "--json"], on: verbs)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(planned.standardOutput.utf8)) as? [String: Any])
    let invocations = try #require(report["invocations"] as? Int)
    #expect(spans.count >= 2 * invocations && (threads > 1 || spans.count == 2 * invocations))
    let counters = events.filter { $0["ph"] as? String == "C" }.compactMap { ($0["args"] as? [String: Any])?["bytes"] as? Int }
    #expect(counters.max() == report["lower_bound_bytes"] as? Int)
  }
}
