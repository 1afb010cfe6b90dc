import Datasets
import Support
import Testing

@Suite struct CIFARFilesTests {
  typealias Files = [(path: String, bytes: [UInt8])]

  /// One record: its labels, then three planes of red 1·k, green 2·k and blue 3·k.
  static func record(_ labels: [UInt8], shade: UInt8) -> [UInt8] {
    labels + (1...3).flatMap { [UInt8](repeating: shade * UInt8($0), count: 1024) }
  }

  static func ten(_ folder: String = "cifar-10-batches-bin/") -> Files {
    (1...5).map { ("\(folder)data_batch_\($0).bin", record([UInt8($0)], shade: UInt8($0)) + record([9], shade: 60)) }
      + [("\(folder)test_batch.bin", record([3], shade: 7)), ("\(folder)batches.meta.txt", [UInt8]("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".utf8))]
  }

  static func hundred(label: UInt8 = 99) -> Files {
    [("cifar-100-binary/train.bin", record([4, label], shade: 5)), ("cifar-100-binary/test.bin", record([5, 0], shade: 6))]
  }

  static func load(_ files: Files, size: Int = 32) throws -> LoadedData {
    try ImageFiles.inFolder(files) { try DataSource(parsing: $0).load(size: size) }
  }

  @Test func tenClassesAreRead() throws {
    for data in [try Self.load(Self.ten()), try Self.load(Self.ten(""))] {
      #expect(data.train.labels == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9] && data.test.labels == [3])
      #expect(data.train.classes == "abcdefghij".map(String.init))
      #expect(Array(data.train.pixels[2 * 3072..<2 * 3072 + 6]) == [2, 4, 6, 2, 4, 6])
    }
    #expect(try Self.load(Self.ten(), size: 16).train.pixels.prefix(3) == [1, 2, 3])
  }

  @Test func aHundredClassesAreReadByTheirFineLabel() throws {
    let data = try Self.load(Self.hundred())
    #expect(data.train.labels == [99] && data.test.labels == [0] && data.train.classes.count == 100)
    #expect(data.train.pixels.prefix(3) == [5, 10, 15])
  }

  @Test func archivesAreRead() throws {
    let tar = ImageFiles.gzip(ImageFiles.tar(Self.ten()))
    try ImageFiles.inFolder([("cifar-10-binary.tar.gz", tar)]) { place in
      let (data, folder) = (try DataSource(parsing: "\(place)/cifar-10-binary.tar.gz").load(size: 32), try Self.load(Self.ten()))
      #expect(data.train.count == 10 && data.train.pixels == folder.train.pixels)
    }
  }

  @Test func filesMayBeMissing() throws {
    let data = try Self.load(Self.ten().filter { !$0.path.hasSuffix("_4.bin") })
    #expect(data.train.count == 8 && data.report.notes.contains { $0.contains("4 of the 5") })
    #expect { try Self.load(Self.ten().filter { !$0.path.contains("test") }) } throws: { "\($0)".contains("test_batch.bin") }
    #expect { try Self.load(Self.ten().filter { !$0.path.contains("data") }) } throws: { "\($0)".contains("data_batch_1.bin") }
    #expect { try Self.load(Self.hundred().dropLast()) } throws: { "\($0)".contains("test.bin") }
  }

  @Test func damagedFilesAreRefused() {
    func altered(_ change: (inout [UInt8]) -> Void) -> Files {
      var files = Self.ten()
      change(&files[2].bytes)
      return files
    }
    #expect { try Self.load(altered { $0.removeLast() }) } throws: { "\($0)".contains("data_batch_3.bin") && "\($0)".contains("6145") }
    #expect { try Self.load(altered { $0 = [] }) } throws: { "\($0)".contains("data_batch_3.bin") }
    #expect { try Self.load(altered { $0[3073] = 10 }) } throws: { "\($0)".contains("label 10 in record 1") }
    #expect(throws: Diagnostic.self) { try Self.load(Self.hundred(label: 100)) }
    #expect { try Self.load(Self.ten().dropLast() + [("cifar-10-batches-bin/batches.meta.txt", [65])]) } throws: {
      "\($0)".contains("names 1 classes")
    }
  }
}
