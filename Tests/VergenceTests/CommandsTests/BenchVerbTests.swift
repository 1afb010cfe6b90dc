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
      "peak_gflops", "planned_bytes", "precision", "ready_s",
      "resident_bytes", "step_ms_median", "step_ms_min", "threads",
    ]
    #expect((report["kernels"] as? [[String: Any]])?.count == 3)
    #expect(report.keys.sorted() == keys)
    let rates = try #require(report["convolution_gflops"] as? [String: Double])
    #expect(rates.keys.sorted() == ["forward", "to_data", "to_weights"])
    let peak = try #require(report["peak_gflops"] as? Double)
    for (pass, rate) in rates { #expect(rate > 0 && rate < peak, "\(pass): \(rate) of \(peak)") }
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
    #expect(result.exitCode == 0 && result.standardOutput.contains("at best, on 1 thread\n"), "\(result.standardOutput)")
    for word in ["convolutions", "loops"] { #expect(!result.standardOutput.contains(word), "\(result.standardOutput)") }
  }
}
