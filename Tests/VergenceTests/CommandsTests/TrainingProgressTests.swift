import Commands
import Testing
import Training

@Suite struct TrainingProgressTests {
  /// The lines that are shown of a run of 100 updates of 10 images, of which those that took `times` are made; a quarter of each was waiting.
  private func lines(_ times: [Duration]) -> [String] {
    let recorder = Recorder()
    let progress = TrainingProgress(Output(json: false, standardError: { recorder.add($0) }), isTerminal: false)
    progress.show(
      .began(
        .init(parameters: 1, trainImages: 1000, testImages: 10, batch: 10, epochs: 1, updatesPerEpoch: 100, step: 0, plannedBytes: 0, threads: 1)))
    for (i, time) in times.enumerated() {
      progress.show(.updated(.init(step: i + 1, epoch: 1, batch: i + 1, loss: 1, metrics: [], time: time, waited: time / 4)))
    }
    return recorder.text.split(separator: "\n").map(String.init)
  }

  @Test func countsOneOfAThingAsOne() {
    #expect(lines([])[0].hasPrefix("training 1 parameter on 1000 images, 1 epoch of 100 updates of 10 images, 1 thread, 0 MiB"))
  }

  /// The first updates take longer or shorter than the others, and are no part of what is foretold.
  @Test(arguments: [Duration.seconds(20), .milliseconds(1)]) func estimatesFromSteadyUpdates(first: Duration) {
    let shown = lines([first, first, first] + Array(repeating: .milliseconds(250), count: 7)).dropFirst()
    #expect(shown == ["epoch 1/1  update 5/100  loss 1.000  40 images/s  data 25.0%  24 s left"])
  }

  @Test func estimatesNothingTooEarly() { #expect(lines([.seconds(20), .seconds(1), .seconds(1), .milliseconds(499)]).count == 1) }

  /// A run that is resumed has no updates of the epoch before to average over.
  @Test func averagesOverAnEpochsOwnUpdates() {
    let recorder = Recorder()
    let progress = TrainingProgress(Output(json: false, standardError: { recorder.add($0) }), isTerminal: false)
    progress.show(
      .began(.init(parameters: 1, trainImages: 30, testImages: 10, batch: 10, epochs: 2, updatesPerEpoch: 3, step: 0, plannedBytes: 0, threads: 1)))
    for (i, loss) in [8, 8, 8, 3].enumerated() {
      let time: Duration = i < 3 ? .milliseconds(1) : .seconds(1)
      progress.show(
        .updated(.init(step: i + 1, epoch: i / 3 + 1, batch: i % 3 + 1, loss: Float(loss), metrics: [], time: time, waited: .zero)))
    }
    #expect(recorder.text.contains("epoch 2/2  update 1/3  loss 3.000"), "\(recorder.text)")
  }
}
