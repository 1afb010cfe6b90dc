import Commands
import Foundation
import Support
import Testing

@Suite struct SubprocessTests {
  /// Runs a line of the shell and returns how it ended and what it printed.
  private func run(_ line: String, seconds: Int) throws -> (Subprocess.End, String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "vergence-test-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let end = try Subprocess("/bin/sh", ["-c", line], output: output).run(seconds: seconds)
    return (end, String(decoding: try readFile(output), as: UTF8.self))
  }

  @Test func theEndAndWhatWasPrintedAreKept() throws {
    let (end, text) = try run("echo out; echo err >&2; exit 3", seconds: 30)
    #expect(end == .exited(3) && text == "out\nerr\n")
    #expect(try run("kill -9 $$", seconds: 30).0 == .signalled(9))
  }

  @Test func anEndlessProgramIsStopped() throws {
    #expect(try run("while :; do :; done", seconds: 1).0 == .timedOut)
  }

  @Test func aMissingProgramIsAMistake() {
    #expect(throws: Diagnostic.self) { try Subprocess("/nowhere/at/all", [], output: "/dev/null").run(seconds: 1) }
  }
}
