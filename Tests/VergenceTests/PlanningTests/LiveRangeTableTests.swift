import Planning
import Support
import Testing

@Suite struct LiveRangeTableTests {
  @Test func readsColumnsInAnyOrderAndWritesOffsets() throws {
    let table = try LiveRangeTable(csv: "size, note,upper,id,lower\r\n10,x,3,b1,0\r\n\r\n 20 ,y,5,b2,3\n", source: "t.csv")
    #expect(table.names == ["b1", "b2"])
    #expect(table.ranges.map(\.size) == [10, 20])
    #expect(table.ranges.map(\.steps) == [0..<3, 3..<5])
    #expect(table.csv(with: pack(table.ranges, alignment: 1)) == "id,lower,upper,size,offset\nb1,0,3,10,0\nb2,3,5,20,0\n")
  }

  @Test func theHeaderMayBeAbsent() throws {
    #expect(try LiveRangeTable(csv: "0,1,2,3", source: "t.csv").ranges == [LiveRange(BufferID(index: 0), size: 3, steps: 1..<2)])
  }

  @Test(arguments: [
    ("id,lower,size\n0,1,2", "t.csv:1:1: error: the column 'upper' is missing"),
    ("0,0,1,5\n1,0,1", "t.csv:2:1: error: 3 fields are too few"),
    ("0,0,1,5\n0,0,1,5", "t.csv:2:1: error: the buffer '0' comes twice"),
    ("0,0,1,many", "the size 'many' is not a whole number"),
    ("0,-1,1,5", "the lower '-1' is not a whole number from 0"),
    ("0,0,99999999999999999999,5", "the upper '99999999999999999999'"),
    ("0,4,4,5", "the range from 4 to 4 is empty"),
    ("0,4,5,0", "has no bytes"),
    ("0,0,1,1152921504606846976\n1,0,1,1", "t.csv:2:1: error: the buffers are too large together"),
    ("", "'t.csv' holds no buffers"),
    ("id,lower,upper,size\n", "'t.csv' holds no buffers"),
  ])
  func tellsTheLine(text: String, part: String) {
    let error = #expect(throws: Diagnostic.self) { try LiveRangeTable(csv: text, source: "t.csv") }
    #expect(error?.description.contains(part) == true, "\(error.map(\.description) ?? "")")
  }

  /// Lives and sizes as large as the file may say must not overflow in the packer.
  @Test func packsExtremes() throws {
    let table = try LiveRangeTable(
      csv: "0,0,\(Int.max),576460752303423488\n1,0,\(Int.max),576460752303423487\n2,\(Int.max - 1),\(Int.max),1", source: "t.csv")
    let plan = pack(table.ranges, alignment: 4096)
    #expect(plan.flaw(for: table.ranges) == nil)
  }
}
