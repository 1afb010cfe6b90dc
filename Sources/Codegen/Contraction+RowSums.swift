import Loops

/// Sums over rows: each unit adds up its tiles' sums in memory of its own, a *strip*, and a kernel that follows adds up the strips.
extension ContractionEmitter {
  /// The loops that number the strips: those outside a unit, but for those that sums are kept apart by.
  private var stripLoops: [TileSchedule.Loop] {
    let sums = contraction.rowSums
    return schedule.order.dropLast(schedule.loopsOfUnit).filter { loop in
      switch loop {
      case .parts: false
      case .outer(let i): !sums.contains { $0.at.mentions(contraction.outer[i]) }
      case .rowBlocks: true
      case .columnBlocks: false
      }
    }
  }

  /// The number of strips.
  var strips: Int { stripLoops.reduce(1) { $0 * extent($1) } }

  /// The tiles of a unit.
  var tilesOfUnit: Int { schedule.order.suffix(schedule.loopsOfUnit).reduce(1) { $0 * extent($1) } }

  /// The strip that the tile at `place` adds to.
  func strip(of place: Place, _ f: inout FunctionWriter) -> String {
    stripLoops.reduce("0") { number, loop in
      let value: String
      switch loop {
      case .parts: value = contraction.part.flatMap { place.outer[$0] } ?? "0"
      case .outer(let i): value = place.outer[contraction.outer[i]] ?? "0"
      case .rowBlocks: value = place.rowBlock
      case .columnBlocks: value = place.columnBlock
      }
      return f.add(f.multiply(number, extent(loop)), value)
    }
  }

  /// Writes zeros where the unit that begins with tile `first` adds up its sums.
  func clearRowSums(ofUnitAt first: String, _ buffers: [String], _ f: inout FunctionWriter) {
    let place = place(of: first, &f)
    var emitter = emitter(at: place, buffers, &f)
    emitter.vectorAxis = contraction.column
    let hasAllColumns = schedule.order.suffix(schedule.loopsOfUnit).contains(.columnBlocks)
    let from = hasAllColumns ? "0" : f.multiply(place.columnBlock, schedule.columns)
    let columns = hasAllColumns ? columnBlocks * schedule.columns : schedule.columns
    f.loop("clear", from: from, to: f.add(from, "\(columns)"), step: schedule.lanes) { f, column in
      var own = emitter
      own.axes[contraction.column] = Position(column)
      let zero = own.emit(.number(0), &f)
      for sum in contraction.rowSums { own.store(zero, sum.buffer, sum.at, &f) }
    }
  }
}

extension Contraction {
  /// How its sums over rows lie before they are added up: so many strips of columns, filled up to whole tiles.
  ///
  /// - Requires: it has a schedule.
  package var rowSumShape: (strips: Int, columns: Int) {
    let emitter = ContractionEmitter(self, types: [])
    return (emitter.strips, emitter.columnBlocks * emitter.schedule.columns)
  }
}
