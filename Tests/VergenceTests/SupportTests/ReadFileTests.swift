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

  @Test func aFolderIsNoFile() { #expect(hint(files.path("")) == "give the name of a file in it") }
}
