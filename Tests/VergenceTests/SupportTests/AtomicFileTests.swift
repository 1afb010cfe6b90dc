import Foundation
import Support
import Testing

@Suite struct AtomicFileTests {
  private let files: TemporaryFiles
  init() throws { files = try TemporaryFiles() }

  @Test func aLinksFileIsWrittenAndNotTheLink() throws {
    let target = try files.write("old", to: "target")
    try FileManager.default.createSymbolicLink(atPath: files.path("link"), withDestinationPath: target)
    try writeAtomically(Data("new".utf8), to: files.path("link"))
    #expect(try String(decoding: readFile(target), as: UTF8.self) == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: files.path("link")) == target)
  }

  @Test func aPipeStaysAPipe() throws {
    let pipe = files.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    // Open for both, so that neither end waits for the other.
    let reader = open(pipe, O_RDWR)
    defer { close(reader) }
    try writeAtomically(Data("new".utf8), to: pipe)
    var bytes = [UInt8](repeating: 0, count: 3)
    #expect(read(reader, &bytes, 3) == 3 && bytes == Array("new".utf8))
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func whatCannotBeWrittenIsToldBefore() throws {
    try requireWritable(files.path("new"))
    #expect(!FileManager.default.fileExists(atPath: files.path("new")))
    try requireWritable(try files.write("old", to: "old"))
    try requireWritable("/dev/null")
    for name in [files.path("missing/new"), files.path("."), files.path("old/new")] {
      let problem = try #require(throws: Diagnostic.self) { try requireWritable(name) }
      #expect(problem.message.contains("cannot write '\(name)'") && problem.hint != nil)
    }
  }

  @Test func aFullDeviceIsAMistake() { #expect(throws: Diagnostic.self) { try writeAtomically(Data("new".utf8), to: "/dev/full") } }
}
