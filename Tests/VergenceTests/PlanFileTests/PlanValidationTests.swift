import Foundation
import PlanFile
import Support
import Tensors
import Testing

/// One number of a valid plan changed at a time: the reader's only defence against a file that was made to do harm.
@Suite struct PlanValidationTests {
  @Test func theSampleIsValid() throws {
    try Plan.sample().validate()
  }

  @Test func aStreamIsValid() throws {
    var plan = Plan.sample()
    plan.cutFirst(into: 3, of: 31)
    plan.schedule.steps[0].buffers[2].advance = 256
    try plan.validate()
  }

  @Test(arguments: mistakes)
  func mistakesAreRefused(mistake: Mistake) throws {
    var plan = Plan.sample()
    mistake.make(&plan)
    let error = try #require(throws: Diagnostic.self) { try plan.validate() }
    #expect(error.message.contains(mistake.says), "\(error)")
  }

  @Test func shapesAreChecked() throws {
    for shape in [[0], [-3], [1 << 40, 1 << 40], [Int.max, 2]] {
      var plan = Plan.sample()
      plan.manifest.inputs[0].shape = shape
      let error = try #require(throws: Diagnostic.self) { try plan.validate() }
      #expect(error.message.contains("'image'"))
    }
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    let says: String
    let make: @Sendable (inout Plan) -> Void
    var testDescription: String { says }
  }

  static let mistakes: [Mistake] = [
    Mistake(says: "kernel 3 of 3") { $0.schedule.steps[0].kernel = 3 },
    Mistake(says: "kernel -1 of 3") { $0.schedule.steps[0].kernel = -1 },
    Mistake(says: "leaves the arena") { $0.schedule.steps[0].buffers[2].position = 320 },
    Mistake(says: "leaves the arena") { $0.schedule.steps[0].buffers[2].position = .max - 63 },
    Mistake(says: "leaves the arena") { $0.schedule.steps[0].buffers[2].bytes = .max },
    Mistake(says: "not aligned") { $0.schedule.steps[0].buffers[2].position = 4 },
    Mistake(says: "at arena -64") { $0.schedule.steps[0].buffers[2].position = -64 },
    Mistake(says: "a buffer of -4 bytes") { $0.schedule.steps[0].buffers[2].bytes = -4 },
    Mistake(says: "state 2 of 2") { $0.schedule.steps[0].buffers[0].position = 2 },
    Mistake(says: "for state 'step'") { $0.schedule.steps[0].buffers[0].position = 1 },
    Mistake(says: "of i32 for input 'image'") { $0.schedule.steps[0].buffers[1].element = .i32 },
    Mistake(says: "another number of them") { $0.schedule.steps[3].buffers.removeLast() },
    Mistake(says: "writes buffer 3 of 3") { $0.schedule.steps[0].written = [3] },
    Mistake(says: "writes an input") { $0.schedule.steps[0].written = [1] },
    Mistake(says: "writes nothing") { $0.schedule.steps[0].written = [] },
    Mistake(says: "writes a buffer twice") { $0.schedule.steps[0].written = [2, 2] },
    Mistake(says: "-1 units") { $0.schedule.kernels[0].units = -1 },
    Mistake(says: "of 0 units") { $0.schedule.kernels[0].units = 0 },
    Mistake(says: "units") { $0.schedule.kernels[0].units = .max },
    Mistake(says: "units in slices of 0") { $0.schedule.kernels[0].slice = 0 },
    Mistake(says: "in slices of -3") { $0.schedule.kernels[0].slice = -3 },
    Mistake(says: "in slices of 9223372036854775807") { $0.schedule.kernels[0].slice = .max },
    Mistake(says: "either a symbol or a library call") { $0.schedule.kernels[0].symbol = "" },
    Mistake(says: "product of 2 units, with 3") { $0.schedule.kernels[1].units = 3 },
    Mistake(says: "product of sizes") { $0.schedule.kernels[1].library?.rows = 0 },
    Mistake(says: "product of sizes") { $0.schedule.kernels[1].library?.batch = .max },
    Mistake(says: "product of sizes") { $0.schedule.kernels[1].library?.inner = 1 << 31 },
    Mistake(says: "in 512 bytes") { $0.schedule.kernels[1].library?.inner = 9 },
    Mistake(says: "two f32 buffers") { $0.schedule.steps[1].written = [] },
    Mistake(says: "its guard after 5 of 4") { $0.schedule.guardPoint?.steps = 5 },
    Mistake(says: "no single f32") { $0.schedule.guardPoint?.output = 1 },
    Mistake(says: "no single f32") { $0.schedule.guardPoint?.output = -1 },
    Mistake(says: "before its guard") { $0.schedule.guardPoint?.steps = 4 },
    Mistake(says: "two input tensors called 'image'") { $0.manifest.inputs[1].name = "image" },
    Mistake(says: "arena has -1 bytes") { $0.manifest.arenaBytes = -1 },
    Mistake(says: "arena has") { $0.manifest.arenaBytes = .max },
    Mistake(says: "more than") { $0.manifest.arenaBytes = TensorType.byteLimit },
    Mistake(says: "starts state 'step'") { $0.manifest.state[1].initial = .constant(0.5) },
    Mistake(says: "starts state 'weight'") { $0.manifest.state[0].initial = .constant(.infinity) },
    Mistake(says: "stream 0 of 2 invocations from 3 on") { $0.schedule.streams = [.init(first: 3, count: 2, chunks: 2)] },
    Mistake(says: "stream 0 of 1 invocations from -1 on") { $0.schedule.streams = [.init(first: -1, count: 1, chunks: 2)] },
    Mistake(says: "in 0 chunks") { $0.schedule.streams = [.init(first: 0, count: 1, chunks: 0)] },
    Mistake(says: "cuts 'multiply' into chunks outside") { $0.schedule.steps[0].chunk = 32 },
    Mistake(says: "cuts 'multiply' into chunks outside") { $0.schedule.steps[0].buffers[2].advance = 256 },
    Mistake(says: "2 chunks of 0") { $0.schedule.streams = [.init(first: 0, count: 1, chunks: 2)] },
    Mistake(says: "2 chunks of 31") { $0.cutFirst(into: 2, of: 31) },
    Mistake(says: "3 chunks of 32") { $0.cutFirst(into: 3, of: 32) },
    Mistake(says: "chunks of \(Int.max)") { $0.cutFirst(into: 2, of: .max) },
    Mistake(says: "by 6 bytes a chunk") {
      $0.cutFirst(into: 2, of: 32)
      $0.schedule.steps[0].buffers[2].advance = 6
    },
    Mistake(says: "by 256 bytes a chunk") {
      $0.cutFirst(into: 2, of: 32)
      $0.schedule.steps[0].buffers[1].advance = 256
    },
    Mistake(says: "by \(Int.max - 3) bytes a chunk") {
      $0.cutFirst(into: 2, of: 32)
      $0.schedule.steps[0].buffers[2].advance = .max - 3
    },
    Mistake(says: "guard amid stream 0") {
      $0.schedule.streams = [.init(first: 2, count: 2, chunks: 1)]
      $0.schedule.steps[2].chunk = 1
      $0.schedule.steps[3].chunk = 64
    },
    Mistake(says: "format version") { $0.manifest.major = 4 },
  ]
}

extension Plan {
  /// Makes a stream of the first invocation alone.
  fileprivate mutating func cutFirst(into chunks: Int, of units: Int) {
    schedule.streams = [.init(first: 0, count: 1, chunks: chunks)]
    schedule.steps[0].chunk = units
  }
}
