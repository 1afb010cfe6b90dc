import Loops

extension Kernel {
  /// How the kernel is computed, for reports.
  package var route: String {
    switch body {
    case .library: "openblas"
    case .contraction(let contraction):
      contraction.schedule.map {
        "\($0.matrixSteps == nil ? "tile" : "matrix") \($0.rows)x\($0.vectors)x\($0.lanes)\($0.packedBlockStride == nil ? "" : " packed")\($0.sweep == nil ? "" : " swept")"
      }
        ?? "unscheduled"
    case .loops(let nest): nest.route
    }
  }

  /// Whether each element costs an instruction or more of its own, because neighbours in the loop are not neighbours in memory.
  package var isSlow: Bool { route.hasSuffix("scattered") }
}

extension LoopNest {
  /// How the loops run: along vectors, along the lanes of a reduction, or element by element.
  fileprivate var route: String {
    guard !axes.isEmpty else { return "loops" }
    let schedule = LoopSchedule(self)
    if schedule.across != nil { return "loops transposed" }
    return schedule.isScattered ? "loops scattered" : schedule.isVectorized ? "loops" : "loops across"
  }
}
