import Foundation
import Planning
import Support

/// The verb that packs the live ranges of a CSV file.
let packVerb = Verb(
  "pack", "give the buffers of a CSV file of live ranges their places in memory",
  arguments: [ArgumentSpec("FILE", "a CSV file with the columns id, lower, upper, size; upper is exclusive")],
  options: [
    OptionSpec("capacity", .byteSize, "the bytes it must fit in; exit code 1 when it does not (otherwise as small as can be found)"),
    OptionSpec("alignment", .integer(1...4096), "what every offset is a multiple of", default: "1"),
    OptionSpec("out", short: "o", .text("FILE"), "writes the ranges with their offsets here"),
  ],
  examples: ["vergence pack ranges.csv --capacity 1MiB", "vergence pack ranges.csv --alignment 64 -o placed.csv"]
) { arguments, output in
  try arguments.requireUsableOutput()
  let path = arguments.text("FILE")
  let table = try LiveRangeTable(csv: try readText(path), source: path)
  let capacity = arguments.integer(ifGiven: "capacity")
  let plan = pack(table.ranges, alignment: arguments.integer("alignment"), capacity: capacity, effort: .thorough)
  let flaw = plan.flaw(for: table.ranges)
  precondition(flaw == nil, "the packer made a plan with a flaw: \(flaw.map { "\($0)" } ?? "")")
  if let out = arguments.text(ifGiven: "out") { try writeAtomically(Data(table.csv(with: plan).utf8), to: out) }

  let report = PackReport(
    buffers: table.ranges.count, total: plan.total, lowerBound: plan.peak.bytes, fullestStep: plan.peak.step, ratio: plan.ratio,
    capacity: capacity, fits: capacity.map { plan.total <= $0 })
  output.say("\(counted(report.buffers, "buffer")) in \(counted(report.total, "byte"))")
  output.say("at least \(report.lowerBound) bytes are live at step \(report.fullestStep): ratio \(String(format: "%.4f", report.ratio))")
  if let capacity { output.say(report.fits == true ? "fits \(capacity) bytes" : "does not fit \(capacity) bytes") }
  try output.emit(json: report)
  return report.fits == false ? .failed : .done
}

/// What `pack --json` prints.
private struct PackReport: Encodable {
  let buffers: Int
  let total: Int
  let lowerBound: Int
  let fullestStep: Int
  let ratio: Double
  let capacity: Int?
  let fits: Bool?
}
