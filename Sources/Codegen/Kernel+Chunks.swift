import Loops

extension Kernel {
  /// The units of a chunk of `rows` rows, where each outermost iteration, or row of tiles, takes `rowsAtOnce` of them.
  ///
  /// - Requires: the kernel is cut for chunks: see `LoopNest.isChunked` and `TileSchedule.hasWholeRows`.
  package func units(ofRows rows: Int, rowsAtOnce: Int) -> Int {
    switch body {
    case .loops(let nest):
      let schedule = LoopSchedule(nest)
      precondition(nest.isChunked, "units would reach over a chunk's end")
      return nest.axes.count == 1 ? rows / rowsAtOnce / schedule.block : rows / rowsAtOnce * (schedule.units / nest.axes[0].extent)
    case .contraction(let contraction):
      let emitter = ContractionEmitter(contraction, types: buffers)
      precondition(contraction.schedule?.hasWholeRows == true && rows % emitter.rowBlocks.size == 0, "tiles would reach over a chunk's end")
      return rows / emitter.rowBlocks.size * (emitter.units / emitter.rowBlocks.count)
    case .library: preconditionFailure("the library's products are not cut")
    }
  }

  /// The units of each value of a contraction's outermost axis, which the tiles stay in until it is done.
  package var unitsOfGroup: Int {
    guard case .contraction(let contraction) = body, contraction.rowGroups > 0 else { preconditionFailure("only contractions have groups") }
    return ContractionEmitter(contraction, types: buffers).units / contraction.outer[0].extent
  }

  /// The units of one sweep of a contraction whose sums wait for the next chunk.
  package var unitsOfSweep: Int {
    guard case .contraction(let contraction) = body else { preconditionFailure("only contractions sweep") }
    return ContractionEmitter(contraction, types: buffers).tileCount
  }

  /// The units that a call does as well as a larger one does them; `nil` where it goes over all of its tiles again for each sweep, and more calls would read their operands more often.
  package var unitsOfCall: Int? {
    switch body {
    case .library: return nil
    case .loops: return 1
    case .contraction(let contraction):
      guard contraction.schedule?.sweep != nil, contraction.schedule?.hasSweptUnits == false else { return 1 }
      return contraction.part.map { ContractionEmitter(contraction, types: buffers).tileCount / $0.extent }
    }
  }
}
