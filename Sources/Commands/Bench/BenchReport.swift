import Support

/// What `bench --json` prints; the keys stay as they are.
struct BenchReport: Encodable {
  let stepMillisecondsMedian: Double
  let stepMillisecondsMean: Double
  let stepMillisecondsMinimum: Double
  /// Nothing where the step has no images.
  let imagesPerSecond: Double?
  /// GFLOP/s of nothing but products in registers, measured in turns with the steps: the most, and the mean.
  let peak: Double
  let peakBeside: Double
  let convolutions: ByPass
  /// GB/s of memory, measured in this run on as many threads.
  let bandwidth: Double
  /// GB/s of the loop kernels that pass over more than a core's caches hold.
  let largeLoops: Double
  let plannedBytes: Int
  let lowerBoundBytes: Int
  /// What the process holds in memory after the steps; nothing where the system doesn't tell.
  let residentBytes: Int?
  /// The time to compile the model, or to load the plan.
  let compileSeconds: Double
  /// That, and to make the plan ready for its first step: machine code linked, memory there, state initial.
  let readySeconds: Double
  let threads: Int
  /// The numbers that activations are kept in.
  let precision: String
  /// The convolutions' multiplications and additions in a step.
  let convolutionFlops: Int
  /// The slowest invocations, where they were asked for.
  let kernels: [KernelProfile.Entry]?
  /// The time beside another plan's, where that was asked for.
  let beside: PairedTiming?

  /// GFLOP/s by pass of the convolutions.
  struct ByPass: Encodable {
    let forward: Double
    let toData: Double
    let toWeights: Double

    enum CodingKeys: String, CodingKey {
      case forward
      case toData = "to_data"
      case toWeights = "to_weights"
    }
  }

  enum CodingKeys: String, CodingKey {
    case stepMillisecondsMedian = "step_ms_median"
    case stepMillisecondsMean = "step_ms_mean"
    case stepMillisecondsMinimum = "step_ms_min"
    case imagesPerSecond = "images_per_s"
    case peak = "peak_gflops"
    case peakBeside = "peak_gflops_beside"
    case convolutions = "convolution_gflops"
    case bandwidth = "memory_gb_per_s"
    case largeLoops = "large_loops_gb_per_s"
    case plannedBytes = "planned_bytes"
    case lowerBoundBytes = "lower_bound_bytes"
    case residentBytes = "resident_bytes"
    case compileSeconds = "compile_s"
    case readySeconds = "ready_s"
    case threads
    case precision
    case convolutionFlops = "convolution_flops"
    case kernels
    case beside
  }

  /// The report for people, without the rates of what the plan has none of.
  var text: String {
    let share = 100 * Double(convolutionFlops) / (stepMillisecondsMean * 1e6) / peakBeside
    func rate(_ gflops: Double) -> String { "\(gflops.text(1)) GFLOP/s, \((100 * gflops / peakBeside).text(1)) % of the peak" }
    var lines = [
      "step: \(stepMillisecondsMedian.text(2)) ms median, \(stepMillisecondsMinimum.text(2)) ms at best, on \(counted(threads, "thread"))",
      "peak: \(peakBeside.text(1)) GFLOP/s on as many threads, measured in turns with the steps; at best \(peak.text(1))",
    ]
    if let imagesPerSecond { lines.insert("images: \(imagesPerSecond.text(1)) a second", at: 1) }
    let passes = [("forward", convolutions.forward), ("to data", convolutions.toData), ("to weights", convolutions.toWeights)]
    lines += passes.filter { $0.1 > 0 }.map { "convolutions \($0.0): \(rate($0.1))" }
    if convolutionFlops > 0 { lines.append("the whole step: its convolutions' products in its time are \(share.text(1)) % of the peak") }
    if largeLoops > 0 {
      let part = largeLoops / bandwidth
      lines.append(
        "loops over large tensors: \(largeLoops.text(1)) GB/s, "
          + (part > 1 ? "partly from caches, beside the memory's" : "\((100 * part).text(1)) % of the memory's") + " \(bandwidth.text(1))")
    }
    let resident = residentBytes.map { "\($0)" } ?? "unknown"
    lines.append("memory: \(plannedBytes) bytes planned, at least \(lowerBoundBytes) live at once; \(resident) bytes resident")
    lines.append("compiled, or read, in \(compileSeconds.text(2)) s; ready to step after \(readySeconds.text(2)) s")
    if let beside { lines.append(beside.text) }
    return lines.joined(separator: "\n")
  }
}
