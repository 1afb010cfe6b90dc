import Commands
import Testing

@Suite struct GradientProgressTests {
  /// What is shown of a check that makes 2 differences at once.
  private func shown(isTerminal: Bool) -> String {
    let recorder = Recorder()
    let progress = GradientProgress(ProgressLine(Output(json: false, standardError: { recorder.add($0) }), isTerminal: isTerminal))
    progress.begin("the step in double precision")
    for count in 0..<2 { progress.begin(differenceAfter: count, of: 2, in: "encoder.weight") }
    progress.end()
    return recorder.text
  }

  @Test func aTerminalsLineIsThereAtOnceAndTakenAway() {
    let text = shown(isTerminal: true)
    #expect(text.hasPrefix("\rgradients: the step in double precision") && text.hasSuffix(" \r") && !text.contains("\n"), "\(text)")
  }

  @Test func aShortCheckSaysNothingElsewhere() { #expect(shown(isTerminal: false).isEmpty) }

  @Test func saysHowManyDifferencesAreMade() throws {
    let recorder = Recorder()
    let progress = GradientProgress(ProgressLine(Output(json: false, standardError: { recorder.add($0) }), isTerminal: true))
    progress.begin(differenceAfter: 0, of: 78, in: "encoder.weight")
    #expect(recorder.text == "\rgradients: difference 1/78  encoder.weight")
  }
}
