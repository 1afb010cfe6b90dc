import Loops
import Tensors

/// A tile in one of its shapes: sums that begin at zero or go on from an earlier sweep, the products added to them, and the epilogue.
struct ContractionTile {
  private let writer: ContractionEmitter
  private let unit: String
  private let place: ContractionEmitter.Place
  /// What writes scalars of the tile, whose rows and columns are still to be said.
  private let emitter: ScalarEmitter
  /// The slots of the sums in vector registers.
  private let sums: [String]
  private let rows: Int
  private let vectors: Int
  /// The lanes of the last vector that exist, where not all do.
  private let mask: String?
  private let sweep: ContractionEmitter.Sweep?
  /// The first row and the first column.
  private let (row0, column0): (String, String)
  /// The matrix registers of the sums, where they are in such.
  private let matrices: MatrixRegisters?
  /// Where all sums lie in memory, row by row, if they come there: from matrix registers, or for an epilogue that is a loop.
  private let waiting: String?

  /// The tile `unit` at `place` in the shape of `rows` × `columns`.
  init(
    of writer: ContractionEmitter, _ unit: String, at place: ContractionEmitter.Place, _ emitter: ScalarEmitter, _ sums: [String], rows: Int,
    columns: Int, _ sweep: ContractionEmitter.Sweep?, _ f: inout FunctionWriter
  ) {
    (self.writer, self.unit, self.place, self.emitter, self.sums, self.rows, self.sweep) = (writer, unit, place, emitter, sums, rows, sweep)
    let schedule = writer.schedule
    vectors = (columns + schedule.lanes - 1) / schedule.lanes
    let tail = columns % schedule.lanes
    mask = tail == 0 ? nil : ScalarEmitter.mask(first: tail, of: schedule.lanes)
    row0 = writer.firstRow(of: place.rowBlock, &f)
    column0 = f.multiply(place.columnBlock, schedule.columns)
    matrices = writer.matrices(rows: rows, vectors: vectors)
    let sumsWindows = ContractionTile.sumsWindows(writer.contraction)
    waiting = matrices != nil || sumsWindows ? f.slot("[\(rows * vectors) x \(writer.vector)]", alignment: 64) : nil
  }

  private var contraction: Contraction { writer.contraction }
  private var schedule: TileSchedule { writer.schedule }
  private var vector: String { writer.vector }
  /// The tensor where sums wait between sweeps.
  private var output: Int { contraction.stores[0].buffer }
  private var grid: [(Int, Int)] { (0..<rows).flatMap { row in (0..<vectors).map { (row, $0) } } }

  /// Writes the tile.
  func emit(_ f: inout FunctionWriter) {
    begin(&f)
    addProducts(&f)
    gatherMatrices(&f)
    // Where the sum itself is stored, the last sweep ends as all do.
    guard let sweep, contraction.stores[0].value != .accumulator else { return finish(&f) }
    f.branch(sweep.isLast, finish) { f in
      eachVector(&f, inMemory: matrices != nil) { parts, f in
        for part in parts {
          var own = element(part.row, part.vector, &f)
          own.store(value(of: part, &f), output, contraction.output, &f)
        }
      }
    }
  }

  /// Makes the sums zero, or what an earlier sweep left in the result; those of matrix registers get that later.
  private func begin(_ f: inout FunctionWriter) {
    func clear(_ f: inout FunctionWriter) { for (row, vector) in grid { f.run("store \(self.vector) zeroinitializer, ptr \(sum(row, vector))") } }
    if let matrices {
      if !writer.hasTilesAlike { matrices.configure(&f) }
      matrices.clear(&f)
    } else if let sweep {
      f.branch(sweep.isFirst, clear) { f in
        for (row, vector) in grid {
          var own = element(Position("0", offset: row), vector, &f)
          // The only column is one number, in every lane.
          let partial = own.splat(own.emit(.load(buffer: output, at: contraction.output, .f32), &f), &f)
          f.run("store \(self.vector) \(partial.name), ptr \(sum(row, vector))")
        }
      }
    } else {
      clear(&f)
    }
  }

  /// Adds all products, and asks for what later tiles read.
  private func addProducts(_ f: inout FunctionWriter) {
    // The position of the first product; rows and reduction axes add constants to it.
    var origin = emitter
    origin.axes[contraction.row] = Position(row0)
    origin.axes[contraction.column] = Position(schedule.packedBlockStride == nil ? column0 : "0")
    for reduction in contraction.reductions { origin.axes[reduction.axis] = Position("0") }
    var left = writer.factor(contraction.left, origin, rowStep: writer.step(contraction.left.at, contraction.row), &f)
    var right = writer.factor(contraction.right, origin, &f)
    if let stride = schedule.packedBlockStride { right.first = f.add(right.first, f.multiply(place.columnBlock, stride)) }
    if let sweep, let panels = sweep.panels {
      left = writer.factor(panels.left, from: f.multiply(row0, writer.stepsOfSweep), width: rows, sweep, &f)
      right = writer.factor(panels.right, from: "0", width: schedule.columns, sweep, &f)
    }
    let prefetches =
      sweep.map { writer.swept(unit, $0, emitter, rows: rows, vectors: vectors, &f) }
      ?? writer.upcoming(unit, emitter, rows: rows, vectors: vectors, &f)
    prefetches.start(&f)
    let ahead = ContractionEmitter.Ahead(prefetches: prefetches, left: left.first)
    let columnStep = contraction.reductions.last.flatMap { right.steps[$0.axis] } ?? 0
    writer.reduce(contraction.reductions[...], left, right, emitter, &f, isOutermost: true, sweep, ahead) { leftWords, right, f in
      if let matrices { return matrices.multiply(leftWords, rowStep: left.rowStep, right, columnStep: columnStep, &f) }
      addStep(leftWords, rowStep: left.rowStep, right, &f)
    }
  }

  /// Adds the products of one step: of a word of each row from `left` on, and the vectors of columns from `right` on.
  private func addStep(_ left: String, rowStep: Int, _ right: String, _ f: inout FunctionWriter) {
    let word = contraction.isPaired ? "i32" : "float"
    let words = "<\(schedule.lanes) x \(word)>"
    let vectorsNow = (0..<vectors).map { vector -> String in
      let pointer = f.address(right, word, "\(vector * schedule.lanes)")
      // A packed block is filled up with zeros, so only a tail in place is masked.
      guard let mask = mask(of: vector), schedule.packedBlockStride == nil else { return f.value("load \(words), ptr \(pointer), align 4") }
      let intrinsic = "llvm.masked.load.v\(schedule.lanes)\(ScalarEmitter.suffix(word)).p0"
      f.declare("declare \(words) @\(intrinsic)(ptr, i32, <\(schedule.lanes) x i1>, \(words))")
      return f.value("call \(words) @\(intrinsic)(ptr \(pointer), i32 4, <\(schedule.lanes) x i1> \(mask), \(words) zeroinitializer)")
    }
    for row in 0..<rows {
      let pointer = f.address(left, word, "\(row * rowStep)")
      let broadcast = emitter.splat(f.value("load \(word), ptr \(pointer), align 4"), word, &f)
      for vector in 0..<vectors {
        let before = f.value("load \(self.vector), ptr \(sum(row, vector))")
        f.run("store \(self.vector) \(writer.summed(before, broadcast, vectorsNow[vector], &f)), ptr \(sum(row, vector))")
      }
    }
  }

  /// Brings sums of matrix registers to memory, and adds what earlier sweeps left in the result.
  private func gatherMatrices(_ f: inout FunctionWriter) {
    guard let matrices, let waiting else { return }
    matrices.store(to: waiting, &f)
    guard let sweep else { return }
    f.branch(sweep.isFirst, { _ in }) { f in
      eachVector(&f, inMemory: true) { parts, f in
        for part in parts {
          var own = element(part.row, part.vector, &f)
          let total = own.sum(own.emit(.load(buffer: output, at: contraction.output, .f32), &f), value(of: part, &f), &f)
          f.run("store \(self.vector) \(own.splat(total, &f).name), ptr \(part.slot)")
        }
      }
    }
  }

  /// Writes the epilogue: what is made of the finished sums is stored, and what is summed over rows added up.
  private func finish(_ f: inout FunctionWriter) {
    // The sums over this tile's rows, by store and vector; in the order of the stores, so that the text is always the same.
    let totals = contraction.stores.map { contraction.isRowSum($0) ? (0..<vectors).map { _ in f.slot(self.vector) } : [] }
    for slot in totals.joined() { f.run("store \(self.vector) zeroinitializer, ptr \(slot)") }
    if let waiting, matrices == nil {
      // Windows are loops of their own: written once for all rows, they take LLVM a fraction of the time. Sums leave the registers for that.
      for (row, vector) in grid {
        let value = f.value("load \(self.vector), ptr \(sum(row, vector))")
        f.run("store \(self.vector) \(value), ptr \(f.address(waiting, self.vector, "\(row * vectors + vector)"))")
      }
    }
    eachVector(&f, inMemory: waiting != nil) { parts, f in finish(parts, totals, &f) }
    for (store, slots) in zip(contraction.stores, totals) {
      for (vector, slot) in slots.enumerated() {
        var own = element(Position("0"), vector, &f)
        // A strip is filled up to whole tiles.
        own.mask = nil
        let total = ScalarEmitter.Value(name: f.value("load \(self.vector), ptr \(slot)"), type: .f32, isVector: true)
        let before = own.emit(.load(buffer: store.buffer, at: store.at, .f32), &f)
        own.store(own.sum(before, total, &f), store.buffer, store.at, &f)
      }
    }
  }

  /// The epilogue of `parts`; `totals` are the slots of the sums over rows.
  private func finish(_ parts: [SummedVector], _ totals: [[String]], _ f: inout FunctionWriter) {
    var emitters = parts.map { part in
      var own = element(part.row, part.vector, &f)
      own.accumulator = value(of: part, &f)
      return own
    }
    let scalars = contraction.stores.map(contraction.perRow)
    ScalarEmitter.reduceTogether(scalars, &emitters, &f)
    for (number, part) in parts.enumerated() {
      let values = scalars.map { emitters[number].emit($0, &f) }
      for (i, (store, value)) in zip(contraction.stores, values).enumerated() {
        if totals[i].isEmpty {
          emitters[number].store(value, store.buffer, store.at, &f)
        } else {
          let total = totals[i][part.vector]
          let before = ScalarEmitter.Value(name: f.value("load \(self.vector), ptr \(total)"), type: .f32, isVector: true)
          f.run("store \(self.vector) \(emitters[number].sum(before, value, &f).name), ptr \(total)")
        }
      }
    }
  }
}

extension ContractionTile {
  /// A vector of a tile's sums.
  private struct SummedVector {
    let row: Position
    let vector: Int
    /// Where its sums are.
    let slot: String
  }

  /// Vectors whose windows an epilogue sums in one loop, at most.
  private static let mostTogether = 8

  /// Whether an epilogue of `contraction` sums over a window.
  private static func sumsWindows(_ contraction: Contraction) -> Bool { contraction.stores.contains { contraction.perRow($0).reduces } }

  /// Writes `body` for every vector of sums: one after another, or a loop over the rows, some at once, where they lie in memory.
  private func eachVector(_ f: inout FunctionWriter, inMemory: Bool, _ body: ([SummedVector], inout FunctionWriter) -> Void) {
    guard let waiting, inMemory else {
      return grid.forEach { body([SummedVector(row: Position("0", offset: $0), vector: $1, slot: sum($0, $1))], &f) }
    }
    let most = ContractionTile.sumsWindows(contraction) ? max(1, ContractionTile.mostTogether / vectors) : 1
    let together = (1...most).last { rows % $0 == 0 } ?? 1
    f.loop("row", from: "0", to: "\(rows)", step: together) { f, first in
      let parts = (0..<together).flatMap { i -> [SummedVector] in
        let row = f.address(waiting, self.vector, f.multiply(first, vectors))
        return (0..<vectors).map { vector in
          SummedVector(row: Position(first, offset: i), vector: vector, slot: f.address(row, self.vector, "\(i * vectors + vector)"))
        }
      }
      body(parts, &f)
    }
  }

  /// An epilogue's view of one vector of the tile.
  private func element(_ row: Position, _ vector: Int, _ f: inout FunctionWriter) -> ScalarEmitter {
    var own = emitter
    own.forget()
    own.axes[contraction.row] = Position(f.add(row0, row.start), offset: row.offset)
    own.axes[contraction.column] = Position(column0, offset: vector * schedule.lanes)
    own.vectorAxis = contraction.column
    own.mask = mask(of: vector)
    return own
  }

  private func mask(of vector: Int) -> String? { vector == vectors - 1 ? mask : nil }

  private func sum(_ row: Int, _ vector: Int) -> String { sums[row * schedule.vectors + vector] }

  /// The vector's sums.
  private func value(of part: SummedVector, _ f: inout FunctionWriter) -> ScalarEmitter.Value {
    ScalarEmitter.Value(name: f.value("load \(vector), ptr \(part.slot)"), type: .f32, isVector: true)
  }
}
