import Support
import Testing

/// What of a mistake a terminal is shown.
@Suite struct DiagnosticTests {
  @Test func aTerminalObeysNothingThatIsQuoted() {
    let problem = Diagnostic("no file '\u{7}a\u{1B}[2Jb'\nnor\tanother", hint: "not\u{0}this")
    #expect(problem.description == "error: no file '\u{FFFD}a\u{FFFD}[2Jb'\nnor\tanother\n  hint: not\u{FFFD}this")
  }

  @Test(arguments: [1, 7, 101, 140, 501, 1000]) func ofALongLineOnlyWhatIsNearIsShown(column: Int) {
    let line = String(repeating: "(", count: column - 1) + "X" + String(repeating: ")", count: 1000 - column)
    let lines = Diagnostic("bad", at: SourcePosition(file: "a.vir", line: 1, column: column), excerpt: line).description.split(separator: "\n")
    #expect(lines.count == 3 && lines.allSatisfy { $0.count < 210 })
    let caret = lines[2].distance(from: lines[2].startIndex, to: lines[2].firstIndex(of: "^") ?? lines[2].startIndex)
    #expect(lines[1].dropFirst(caret).first == "X", "\(lines)")
  }

  @Test func aShortLineIsShownAsItIs() {
    let problem = Diagnostic("bad", at: SourcePosition(file: "a.vir", line: 1, column: 3), excerpt: "ab[c")
    #expect(problem.description == "a.vir:1:3: error: bad\n  ab[c\n    ^")
  }
}
