import Commands
import Foundation
import Testing

@Suite struct PackVerbTests {
  /// Runs `pack` on `csv` with `options`, where `OUT` stands for a file, and returns what was printed and written.
  private func pack(_ csv: String, _ options: [String]) throws -> (result: Rehearsal, written: String?) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let input = folder.appendingPathComponent("ranges.csv")
    let output = folder.appendingPathComponent("placed.csv")
    try Data(csv.utf8).write(to: input)
    let result = Rehearsal(["pack", input.path] + options.map { $0 == "OUT" ? output.path : $0 }, on: verbs)
    return (result, try? String(contentsOf: output, encoding: .utf8))
  }

  private let twoLive = "id,lower,upper,size\na,0,2,100\nb,1,3,50\nc,2,3,100\n"

  @Test func packsAndWrites() throws {
    let (result, written) = try pack(twoLive, ["--capacity", "150", "-o", "OUT"])
    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(result.standardOutput.contains("3 buffers in 150 bytes") && result.standardOutput.contains("fits 150 bytes"))
    #expect(written?.hasPrefix("id,lower,upper,size,offset\na,0,2,100,") == true)
  }

  @Test func exitsWithOneWhenItDoesNotFit() throws {
    let (result, _) = try pack(twoLive, ["--capacity", "149", "--json"])
    #expect(result.exitCode == 1)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
    #expect(object["fits"] as? Bool == false && object["total"] as? Int == 150 && object["lowerBound"] as? Int == 150)
  }

  @Test func exitsWithTwoOnABadFile() throws {
    let (result, _) = try pack("0,5,5,1\n", ["--capacity", "149"])
    #expect(result.exitCode == 2)
    #expect(result.standardError.contains("ranges.csv:1:1: error: the range from 5 to 5 is empty\n  0,5,5,1\n"))
  }
}
