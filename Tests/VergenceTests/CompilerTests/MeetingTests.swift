import Compiler
import Graph
import PlanFile
import Testing
import Vergence

/// Threads meet wherever one needs what another has done, and not at every kernel.
@Suite struct MeetingTests {
  @Test(arguments: 0..<24) func randomStepsMeetBetweenAllThatTouchOnePlace(seed: Int) throws {
    try Self.expectMeetings(in: Self.plan(Program(graph: RandomStep.make(seed: UInt32(seed))), for: .inference(outputs: nil)).schedule)
  }

  @Test func aTrainingStepMeetsBetweenAllThatTouchOnePlace() throws {
    let schedule = try Self.plan(SmallNet.program(batch: 8, mode: .training), for: .training).schedule
    try Self.expectMeetings(in: schedule)
    #expect(schedule.meetings.count { !$0 } * 4 > schedule.steps.count)
    let point = try #require(schedule.guardPoint)
    #expect(schedule.meetings[point.steps - 1] && schedule.meetings.last == true)
  }

  private static func plan(_ program: Program, for purpose: Compiler.Purpose) throws -> Plan {
    var compiler = Compiler(CompilerOptions())
    return try #require(try compiler.compile(program, for: purpose))
  }

  /// The bytes of a place, in a space of its own for each tensor outside the arena.
  private static func bytes(_ place: Schedule.Place) -> (space: String, range: Range<Int>) {
    place.region == .arena ? ("arena", place.position..<place.position + place.bytes) : ("\(place.region) \(place.position)", 0..<1)
  }

  private static func expectMeetings(in schedule: Schedule) throws {
    let meetings = schedule.meetings
    for (i, first) in schedule.steps.enumerated() {
      // Only what comes before the next meeting can go wrong.
      let end = (i..<meetings.count).first { meetings[$0] } ?? meetings.count - 1
      for second in schedule.steps[(i + 1)..<(end + 1)] {
        if [first, second].allSatisfy({ schedule.kernels[$0.kernel].units == 1 }) { continue }
        for (a, own) in first.buffers.enumerated() {
          for (b, other) in second.buffers.enumerated() where first.written.contains(a) || second.written.contains(b) {
            let (x, y) = (bytes(own), bytes(other))
            #expect(x.space != y.space || !x.range.overlaps(y.range), "\(first.label) and \(second.label) don't meet")
          }
        }
      }
    }
  }
}
