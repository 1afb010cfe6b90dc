import Commands
import Foundation
import Testing

@Suite struct BenchVerbTests {
  @Test func theKeysOfItsReportStay() throws {
    let model = ["amdim", "--batch", "2", "--set", "width=4", "--set", "embedding=16", "--set", "depth=1"]
    let result = Rehearsal(["bench"] + model + ["--steps", "2", "--threads", "2", "--kernels", "3", "--json"], on: verbs)
    #expect(result.exitCode == 0, "\(result.standardError)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
    let keys = [
      "compile_s", "convolution_flops", "convolution_gflops", "images_per_s", "kernels", "large_loops_gb_per_s", "lower_bound_bytes",
      "memory_gb_per_s",
      "peak_gflops", "peak_gflops_beside", "planned_bytes", "precision", "ready_s",
      "resident_bytes", "step_ms_mean", "step_ms_median", "step_ms_min", "threads",
    ]
    #expect((report["kernels"] as? [[String: Any]])?.count == 3)
    #expect(report.keys.sorted() == keys)
    let rates = try #require(report["convolution_gflops"] as? [String: Double])
    #expect(rates.keys.sorted() == ["forward", "to_data", "to_weights"])
    let peak = try #require(report["peak_gflops"] as? Double)
    for (pass, rate) in rates { #expect(rate > 0 && rate < peak, "\(pass): \(rate) of \(peak)") }
    let usual = try #require(report["peak_gflops_beside"] as? Double)
    #expect(usual > 0 && usual <= peak)
    let (median, minimum) = (try #require(report["step_ms_median"] as? Double), try #require(report["step_ms_min"] as? Double))
    let imagesPerSecond = try #require(report["images_per_s"] as? Double)
    #expect(median >= minimum && abs(imagesPerSecond * median / 2000 - 1) < 1e-6)
    #expect(report["threads"] as? Int == 2)
    for line in ["slowest invocations:", "convolutions forward: ", "convolutions to data: ", "convolutions to weights: ", "the whole step: "] {
      #expect(result.standardError.contains(line), "\(result.standardError)")
    }
  }

  @Test func saysNothingOfWhatAModelHasNot() {
    let result = Rehearsal(["bench", "pair", "--batch", "2", "--set", "embedding=4", "--steps", "1", "--threads", "1"], on: verbs)
    #expect(!result.standardError.contains("wait for each other"))
    #expect(result.exitCode == 0 && result.standardOutput.contains("at best, on 1 thread\n"), "\(result.standardOutput)")
    for word in ["convolutions", "loops"] { #expect(!result.standardOutput.contains(word), "\(result.standardOutput)") }
  }

  @Test func tellsThatThreadsWaitForProcessors() {
    let result = Rehearsal(["bench", "pair", "--batch", "2", "--set", "embedding=4", "--steps", "1", "--threads", "1024"], on: verbs)
    #expect(result.exitCode == 0)
    #expect(result.standardError.contains("note: 1024 threads wait for each other on "), "\(result.standardError)")
  }

  @Test func timesAnotherPlanInTurns() throws {
    let folder = try TemporaryFiles()
    let other = folder.path("other.plan")
    let model = ["pair", "--batch", "2", "--set", "embedding=4"]
    #expect(Rehearsal(["compile", "pair", "--batch", "64", "-o", other], on: verbs).exitCode == 0)
    let result = Rehearsal(["bench"] + model + ["--steps", "5", "--threads", "1", "--beside", other, "--json"], on: verbs)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
    let beside = try #require(report["beside"] as? [String: Any])
    #expect(
      beside.keys.sorted() == ["other_step_ms", "pairs", "plan", "ratio", "ratio_lower_quartile", "ratio_upper_quartile", "step_ms"])
    let (own, others) = (try #require(beside["step_ms"] as? Double), try #require(beside["other_step_ms"] as? Double))
    #expect(0 < own && own < others)
    let ratios = try ["ratio_lower_quartile", "ratio", "ratio_upper_quartile"].map { try #require(beside[$0] as? Double) }
    #expect(ratios == ratios.sorted() && ratios[0] > 0 && beside["pairs"] as? Int == 5 && beside["plan"] as? String == other)
    // The other plan has some hundred times the work, whichever goes first.
    #expect(ratios[2] < 1)
    #expect(result.standardError.contains(" of the time of one of '\(other)', "), "\(result.standardError)")
    #expect(result.standardError.contains(": medians of 5 pairs, half of them between "), "\(result.standardError)")
    #expect(result.standardError.contains("a step of '\(other)' is of 64 images, and one of this plan of 2;"), "\(result.standardError)")
  }

  @Test func whoseStepIsNotFiniteIsSaid() throws {
    let files = try TemporaryFiles()
    func plan(_ name: String, loss: String) throws -> String {
      let path = try files.write(
        """
        graph @line(%views: f32[2, 16, 4], %labels: i32[16]) {
          %0 = parameter "weight" {initial = {uniform = {high = 0.5, low = -0.5}}} : f32[4, 3]
          %1 = reshape %views {shape = [32, 4]} : f32[32, 4]
          %2 = product %1, %0 {transpose_left = false, transpose_right = false} : f32[32, 3]
          %3 = reshape %2 {shape = [2, 16, 3]} : f32[2, 16, 3]
          %4 = broadcast %labels {dimensions = [1], shape = [2, 16]} : i32[2, 16]
          %5 = softmax_cross_entropy %3, %4 : f32[]
          %6 = negate %5 : f32[]
          %7 = log %6 : f32[]
          return loss = \(loss), scores = %3
        }
        training {augmentation = none, loss = loss, metrics = [], milestoneFactor = 0.2, milestones = [], optimizer = {beta1 = 0.9, beta2 = 0.999, \
        epsilon = 1e-08, learningRate = 0.001, weightDecay = 0}, probes = [scores], warmUp = 0}
        hyperparameters {}
        """, to: name + ".vir")
      let compiled = Rehearsal(["compile", path, "-o", files.path(name + ".plan")], on: verbs)
      try #require(compiled.exitCode == 0, "\(compiled.standardError)")
      return files.path(name + ".plan")
    }
    let (good, bad) = (try plan("good", loss: "%5"), try plan("bad", loss: "%7"))
    let other = Rehearsal(["bench", good, "--beside", bad, "--steps", "2"], on: verbs)
    #expect(other.exitCode == 2 && other.standardError.contains("in '\(bad)', 'loss' is not finite: 'log negate"), "\(other.standardError)")
    let own = Rehearsal(["bench", bad, "--beside", good, "--steps", "2"], on: verbs)
    #expect(own.exitCode == 2 && own.standardError.contains("error: 'loss' is not finite: 'log negate"), "\(own.standardError)")
  }

  @Test func theOtherPlanIsOne() throws {
    let missing = Rehearsal(["bench", "pair", "--beside", "missing.plan"], on: verbs)
    #expect(missing.exitCode == 2 && missing.standardError.contains("missing.plan"), "\(missing.standardError)")
    let model = Rehearsal(["bench", "pair", "--beside", "amdim"], on: verbs)
    #expect(model.exitCode == 2 && model.standardError.contains("'amdim' is no plan"), "\(model.standardError)")
  }
}
