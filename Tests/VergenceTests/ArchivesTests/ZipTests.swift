import Archives
import Support
import Testing

@Suite struct ZipTests {
  static let files: [String: [UInt8]] = [
    "manifest.json": Array(#"{"format": 1}"#.utf8),
    "kernels/kernels.o": (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
    "empty": [],
  ]
  static let entries = files.sorted { $0.key < $1.key }.map { ZipEntry(name: $0.key, bytes: $0.value) }

  @Test(arguments: [true, false])
  func readingGivesWhatWasWritten(isCompressed: Bool) throws {
    let entries = Self.entries.map { ZipEntry(name: $0.name, bytes: $0.bytes, isCompressed: isCompressed) }
    #expect(try readZip(writeZip(entries), file: "a.plan") == Self.files)
  }

  @Test func storedEntriesAreReadableAsTheyAre() throws {
    let text = Array("each byte as it was".utf8)
    let bytes = try writeZip([ZipEntry(name: "note", bytes: text, isCompressed: false)])
    #expect(bytes.firstRange(of: text) != nil)
  }

  @Test func sameEntriesGiveTheSameBytes() throws {
    #expect(try writeZip(Self.entries) == writeZip(Self.entries))
  }

  @Test func truncatedZipsAreRefused() throws {
    let whole = try writeZip(Self.entries)
    for length in Array(stride(from: 0, to: whole.count, by: 211)) + Array(whole.count - 120..<whole.count) {
      let error = #expect(throws: Diagnostic.self) { try readZip(Array(whole[..<length]), file: "a.plan") }
      #expect(error?.message.contains("a.plan") == true)
    }
  }

  /// A flipped bit in an entry's bytes is seen by its checksum; in the directory it may go unseen, but never gives other content.
  @Test func flippedBitsNeverGiveOtherContent() throws {
    let small = try writeZip([ZipEntry(name: "a", bytes: Array("some text, some text, some more text".utf8)), ZipEntry(name: "b", bytes: [1, 2, 3])])
    let files = try readZip(small, file: "a.plan")
    var refused = 0
    for place in small.indices {
      for bit in 0..<8 {
        var damaged = small
        damaged[place] ^= 1 << bit
        do {
          let found = try readZip(damaged, file: "a.plan")
          #expect(found.allSatisfy { files.values.contains($0.value) })
        } catch { refused += 1 }
      }
    }
    #expect(refused > small.count)
  }

  @Test func limitsHold() throws {
    let bytes = try writeZip(Self.entries)
    #expect(throws: Diagnostic.self) { try readZip(bytes, file: "a.plan", limits: ZipLimits(entries: 2)) }
    #expect(throws: Diagnostic.self) { try readZip(bytes, file: "a.plan", limits: ZipLimits(bytes: 70_000)) }
    #expect(try readZip(bytes, file: "a.plan", limits: ZipLimits(entries: 3, bytes: 70_013)) == Self.files)
  }

  /// Renames an entry inside of the zip's bytes, which `writeZip` itself would not do.
  @Test(arguments: ["../a", "/bcd", "a//b", "./ab", "okay"])
  func namesThatMisleadAreRefused(_ name: String) throws {
    let entries = [ZipEntry(name: "here", bytes: [1]), ZipEntry(name: "okay", bytes: [2])]
    let renamed = try writeZip(entries).replacing(Array("here".utf8), with: Array(name.utf8))
    #expect(throws: Diagnostic.self) { try readZip(renamed, file: "a.plan") }
  }
}
