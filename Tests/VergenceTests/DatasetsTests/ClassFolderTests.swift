import Datasets
import Foundation
import Support
import Testing

@Suite struct ClassFolderTests {
  typealias Files = [(path: String, bytes: [UInt8])]

  /// The files of `count` images a class, each of a shade of its own, as PNG and JPEG in turn.
  static func images(_ prefix: String, classes: [String] = ["cat", "dog"], count: Int = 3) -> Files {
    classes.enumerated().flatMap { label, name in
      (0..<count).map { number in
        let image = ImageFiles.gradient(width: 16, height: 16, shade: label * 60 + number * 3)
        return number % 2 == 0
          ? ("\(prefix)\(name)/\(number).png", ImageFiles.png(image)) : ("\(prefix)\(name)/\(number).JPEG", ImageFiles.jpeg(image))
      }
    }
  }

  static func load(_ files: Files, size: Int = 16) throws -> LoadedData {
    try ImageFiles.inFolder(files) { try DataSource(parsing: $0).load(size: size) }
  }

  @Test func splitsAndClassesAreFoundInAnyPlace() throws {
    for prefix in ["", "tiny/", "a/b/"] {
      for test in ["test", "val"] {
        let files = Self.images("\(prefix)train/") + Self.images("\(prefix)\(test)/", count: 2) + [("\(prefix)classes.txt", [65])]
        let data = try Self.load(files)
        #expect(data.train.classes == ["cat", "dog"] && data.test.classes == data.train.classes)
        #expect(data.train.labels == [0, 0, 0, 1, 1, 1] && data.test.labels == [0, 0, 1, 1])
        #expect(data.train.split == .train && data.test.split == .test)
        #expect(data.report.skipped.isEmpty && data.report.lines.isEmpty)
        // The first of each class is a PNG, and comes back exactly.
        #expect(Array(data.train.pixels[3 * 768..<4 * 768]) == ImageFiles.gradient(width: 16, height: 16, shade: 60).pixels)
      }
    }
  }

  @Test func archivesAreAsTheirFolders() throws {
    let files = Self.images("set/train/") + Self.images("set/test/", count: 1)
    let folder = try Self.load(files)
    // The order in the archive is another one, and plays no part.
    let tar = ImageFiles.tar(files.reversed())
    for (name, bytes) in [("data.tar", tar), ("data.tar.gz", ImageFiles.gzip(tar)), ("data.tgz", ImageFiles.gzip(tar))] {
      try ImageFiles.inFolder([(name, bytes)]) { place in
        let archive = try DataSource(parsing: "\(place)/\(name)").load(size: 16)
        #expect(archive.train.pixels == folder.train.pixels && archive.train.labels == folder.train.labels)
        #expect(archive.test.pixels == folder.test.pixels && archive.test.labels == folder.test.labels)
      }
    }
  }

  @Test func aTenthIsHeldOutWhenThereIsNoTest() throws {
    let data = try Self.load(Self.images("", count: 20))
    #expect(data.train.labels.count { $0 == 0 } == 18 && data.test.labels == [0, 0, 1, 1])
    #expect(data.report.lines.contains { $0.contains("held out") })
    #expect(try Self.load(Self.images("", count: 20)).test.pixels == data.test.pixels)
    #expect(try Self.load(Self.images("train/", count: 20)).test.pixels == data.test.pixels)
  }

  @Test func brokenImagesAreNamedAndSkipped() throws {
    let whole = ImageFiles.png(ImageFiles.gradient(width: 16, height: 16))
    let broken: Files = [
      ("train/cat/7.png", Array(whole.prefix(whole.count / 2))), ("train/dog/8.jpg", []), ("test/dog/9.jpeg", [UInt8]("no image".utf8)),
    ]
    let files = Self.images("train/") + Self.images("test/") + broken
    let folder = try Self.load(files)
    #expect(folder.train.count == 6 && folder.test.count == 6)
    #expect(folder.report.skipped.map(\.path) == ["test/dog/9.jpeg", "train/cat/7.png", "train/dog/8.jpg"])
    #expect(folder.report.lines.last == "3 broken images were skipped")
    try ImageFiles.inFolder([("data.tar", ImageFiles.tar(files))]) { place in
      let archive = try DataSource(parsing: "\(place)/data.tar").load(size: 16)
      #expect(archive.report.skipped == folder.report.skipped)
    }
  }

  @Test func aClassWithoutAnImageIsAnError() {
    for stranger: Files in [[("train/fox/readme.txt", [65])], [("train/fox/1.png", [1, 2, 3])], [("train/fox/deep/", [])]] {
      let files = Self.images("train/") + Self.images("test/")
      let extra = stranger.map { ($0.path.hasSuffix("/") ? $0.path + "x.txt" : $0.path, $0.bytes) }
      #expect { try Self.load(files + extra) } throws: { "\($0)".contains("train/fox") && "\($0)".contains("no usable image") }
    }
    let testOnly = Self.images("train/") + Self.images("test/", classes: ["cat", "emu"])
    #expect { try Self.load(testOnly) } throws: { "\($0)".contains("'emu'") }
  }

  @Test func dataWithoutImagesIsAnError() {
    #expect { try Self.load([("notes.txt", [65])]) } throws: { "\($0)".contains("no images") }
    #expect { try Self.load([("1.png", ImageFiles.png(ImageFiles.gradient(width: 8, height: 8)))]) } throws: { "\($0)".contains("class folders") }
  }

  @Test func archivesCutShortAreAnError() throws {
    let tar = ImageFiles.tar(Self.images("train/") + Self.images("test/"))
    for (name, bytes) in [
      ("a.tar", Array(tar.prefix(tar.count / 2 + 100))), ("a.tar.gz", Array(ImageFiles.gzip(tar).prefix(tar.count / 2))), ("a.tgz", [1, 2, 3]),
    ] {
      try ImageFiles.inFolder([(name, bytes)]) { place in
        #expect { try DataSource(parsing: "\(place)/\(name)").load(size: 16) } throws: { "\($0)".contains(name) }
      }
    }
  }

  @Test func imagesOfOtherSizesAreBroughtToOne() throws {
    let files: Files = [(40, 20), (20, 40), (16, 16), (5, 90)].enumerated().flatMap { number, size in
      ["train/a", "test/a"].map { ("\($0)/\(number).png", ImageFiles.png(ImageFiles.gradient(width: size.0, height: size.1))) }
    }
    for size in [8, 16, 64] {
      let data = try Self.load(files, size: size)
      #expect(data.train.count == 4 && data.train.pixels.count == 4 * size * size * 3)
    }
  }

  /// The real images beside the repository, where there are any.
  @Test(arguments: [("cifar10-images.tar.gz", 10, 50_000, 10_000), ("tiny-imagenet-20.tar.gz", 21, 10_500, 1_050)])
  func realImagesLoad(file: String, classes: Int, train: Int, test: Int) throws {
    let shared = URL(fileURLWithPath: #filePath).pathComponents.dropLast(5).joined(separator: "/") + "/shared/data/\(file)"
    guard FileManager.default.fileExists(atPath: shared) else {
      print("SKIPPED: no real images at \(shared)")
      return
    }
    let data = try DataSource(parsing: shared).load(size: 32)
    #expect(data.train.classes.count == classes && data.train.count == train && data.test.count == test && data.report.skipped.isEmpty)
    #expect(Set(data.test.labels).count == classes)
  }
}
