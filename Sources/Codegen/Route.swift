import Loops

extension Kernel {
  /// How the kernel is computed, for reports.
  package var route: String {
    switch body {
    case .library: "openblas"
    case .contraction(let contraction):
      contraction.schedule.map { "tile \($0.rows)x\($0.vectors)x\($0.lanes)\($0.packedBlockStride == nil ? "" : " packed")\($0.sweep == nil ? "" : " swept")" }
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
    guard let axis = axes.last else { return "loops" }
    guard LoopSchedule(self).isVectorized else { return "loops across" }
    let isScattered = stores.contains { store in
      ([store.at] + store.value.loads.map(\.at)).contains { index in
        let step = index.coefficient(of: axis)
        return step != 0 && step != 1
      }
    }
    return isScattered ? "loops scattered" : "loops"
  }
}
