import Archives
import Foundation
import Support
import Testing

@Suite struct ForEachEntryTests {
  /// Makes a folder with two classes of files, packs it with `tar`, and calls `body` with the archive's path.
  static func withTar(_ options: String, _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("archives-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, content) in files {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content).write(to: file)
    }
    let archive = folder.appendingPathComponent("images.tar").path
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", options, archive, "-C", folder.path, "data"]
    try tar.run()
    tar.waitUntilExit()
    try #require(tar.terminationStatus == 0)
    try body(archive)
  }

  static let files: [String: [UInt8]] = [
    "data/cat/1.png": [1, 2, 3], "data/cat/2.png": [], "data/dog/größe.png": (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) },
  ]

  static func read(_ path: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    try forEachEntry(in: path) { entry in
      if entry.kind == .file { found[entry.name] = try entry.read() }
    }
    return found
  }

  @Test(arguments: ["-cf", "-czf"])
  func tarsGiveTheirFiles(options: String) throws {
    try Self.withTar(options) { path in
      let found = try Self.read(path)
      #expect(found == Self.files)
    }
  }

  @Test func zipsGiveTheirFiles() throws {
    try Self.withTar("-cf") { path in
      let zip = path + ".zip"
      try writeAtomically(Data(writeZip(ZipTests.entries)), to: zip)
      let found = try Self.read(zip)
      #expect(found == ZipTests.files)
    }
  }

  @Test func entriesMayBeSkipped() throws {
    try Self.withTar("-czf") { path in
      var names: Set<String> = []
      try forEachEntry(in: path) { if $0.kind == .file { names.insert($0.name) } }
      #expect(names == Set(Self.files.keys))
    }
  }

  @Test func largeEntriesAreRefused() throws {
    try Self.withTar("-czf") { path in
      let error = #expect(throws: Diagnostic.self) {
        try forEachEntry(in: path) { if $0.kind == .file { _ = try $0.read(limit: 99_999) } }
      }
      #expect(error?.message.contains("größe.png") == true)
    }
  }

  @Test func truncatedTarsAreReported() throws {
    try Self.withTar("-czf") { path in
      let whole = try readFile(path)
      let part = path + ".part"
      for length in stride(from: 0, to: whole.count, by: 37) {
        try whole.prefix(length).write(to: URL(fileURLWithPath: part))
        let error = #expect(throws: Diagnostic.self) { try Self.read(part) }
        #expect(error?.message.contains(part) == true)
      }
    }
  }

  @Test func flippedBytesNeverTrap() throws {
    try Self.withTar("-czf") { path in
      let whole = try readFile(path)
      let damaged = path + ".damaged"
      for place in stride(from: 0, to: whole.count, by: 5) {
        var bytes = whole
        bytes[bytes.startIndex + place] ^= 0x24
        try bytes.write(to: URL(fileURLWithPath: damaged))
        do { _ = try Self.read(damaged) } catch { #expect(error is Diagnostic) }
      }
    }
  }

  @Test func missingAndForeignFilesAreReported() throws {
    #expect(throws: Diagnostic.self) { try Self.read("/no/such/archive.tar") }
    #expect(throws: Diagnostic.self) { try Self.read(#filePath) }
  }
}
