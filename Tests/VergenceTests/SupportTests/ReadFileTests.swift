import Foundation
import Support
import Testing

@Suite struct ReadFileTests {
  private let files: TemporaryFiles
  init() throws { files = try TemporaryFiles() }

  private func hint(_ path: String) -> String? { #expect(throws: Diagnostic.self) { try readFile(path) }?.hint }

  @Test func whatIsMissingIsLookedForNearby() throws {
    _ = try files.write("", to: "model.swift")
    #expect(hint(files.path("modle.swift")) == "did you mean 'model.swift'?")
    let folder = URL(filePath: files.path("")).standardizedFileURL.path
    #expect(hint(files.path("weights.npy")) == "check its name; the folder is '\(folder)'")
    #expect(hint(files.path("none/model.swift")) == "there is no folder '\(folder)/none'")
  }

  /// What the system refuses even the super-user, under whom tests may run.
  @Test func theSystemsReasonIsTold() throws {
    #expect(throws: Diagnostic("cannot read '/proc/self/mem': Input/output error", hint: "do its permissions, and its folder's, let you read it?")) {
      try readFile("/proc/self/mem")
    }
    let file = try files.write("", to: "file")
    for (folder, reason) in [(file, "File exists"), (file + "/run", "Not a directory"), ("/proc/run", "No such file or directory")] {
      #expect(throws: Diagnostic("cannot make the folder '\(folder)': \(reason)", hint: "choose")) { try makeFolder(folder, hint: "choose") }
    }
    try makeFolder(files.path("new/one"), hint: "choose")
    try makeFolder(files.path("new/one"), hint: "choose")
  }

  @Test func aDeviceIsNoFile() { #expect(hint("/dev/null") == "write what it gives to a file first") }

  @Test func aFolderIsNoFile() { #expect(hint(files.path("")) == "give the name of a file in it") }
}
