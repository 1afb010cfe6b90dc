import Loops
import Tensors

/// Writes a contraction as register tiles: rows of the left operand broadcast against vectors of the right one.
///
/// The sums of a tile stay in registers from the first product to the epilogue. Every tile shape that the edges need is written out, so that no lane is computed in vain
/// but those past the last column.
struct ContractionEmitter {
  let contraction: Contraction
  let schedule: TileSchedule
  let types: [TensorType]
  /// Whether pairs have an instruction; otherwise their halves are widened.
  let hasBF16Products: Bool

  init(_ contraction: Contraction, types: [TensorType], hasBF16Products: Bool = false) {
    self.hasBF16Products = hasBF16Products
    guard let schedule = contraction.schedule else { preconditionFailure("a contraction needs a schedule before code is written") }
    self.contraction = contraction
    self.schedule = schedule
    self.types = types
  }

  /// Steps of the innermost reduction that one instruction makes.
  private var stepsAtOnce: Int { schedule.matrixSteps ?? 1 }

  /// Steps of the innermost reduction that are written out in a row.
  var stepsOfGroup: Int { schedule.matrixSteps ?? 2 }

  var rowBlocks: AxisBlocks {
    schedule.hasWholeRows
      ? AxisBlocks(of: contraction.row.extent, size: schedule.rows) : AxisBlocks(of: contraction.row.extent, atMost: schedule.rows)
  }

  var columnBlocks: Int { (contraction.column.extent + schedule.columns - 1) / schedule.columns }

  /// The number of tiles.
  var tileCount: Int { schedule.order.reduce(1) { $0 * extent($1) } }

  /// The number of units of work: the tiles, or runs of them, or those of all sweeps.
  var units: Int {
    if schedule.loopsOfUnit > 0 { return tileCount / tilesOfUnit }
    guard schedule.hasSweptUnits, let sweep = schedule.sweep, let first = contraction.reductions.first else { return tileCount }
    return tileCount * ((first.axis.extent - 1) / sweep + 1)
  }

  func extent(_ loop: TileSchedule.Loop) -> Int {
    switch loop {
    case .outer(let i): contraction.outer[i].extent
    case .rowBlocks: rowBlocks.count
    case .columnBlocks: columnBlocks
    }
  }

  /// Where a tile is: the values of the outer axes, and the numbers of its blocks.
  struct Place {
    var outer: [Axis: String] = [:]
    var rowBlock = "0"
    var columnBlock = "0"
  }

  /// Writes the function that makes tiles `%begin` up to `%end`.
  func emit() -> FunctionWriter {
    var f = FunctionWriter()
    configureMatrices(&f)
    write(&f)
    if schedule.matrixSteps != nil { MatrixRegisters.release(&f) }
    return f
  }

  private func write(_ f: inout FunctionWriter) {
    let buffers = types.indices.map { f.bufferPointer($0) }
    let sums = schedule.matrixSteps == nil ? (0..<schedule.rows * schedule.vectors).map { _ in f.slot(vector) } : []
    guard let length = schedule.sweep, let first = contraction.reductions.first, length < first.axis.extent else {
      return tiles(&f, buffers, sums, nil)
    }
    if schedule.hasSweptUnits {
      f.loop("unit", from: "%begin", to: "%end") { f, unit in
        let (number, tile) = f.divide(unit, by: tileCount, isLast: false)
        let sweep = sweep(from: f.multiply(number, length), length, nil, &f)
        self.tile(tile, &f, buffers, sums, sweep)
      }
      return
    }
    // Each sweep goes over all tiles of the call with a part of the outermost reduction, so that the part stays in the cache.
    let panels = panels(&f)
    f.loop("sweep", from: "0", to: "\(first.axis.extent)", step: length) { f, low in
      panels?.clear(&f)
      tiles(&f, buffers, sums, sweep(from: low, length, panels, &f))
    }
  }

  /// A part of the outermost reduction that tiles go through; whether it is the first or the last part is an i1.
  struct Sweep {
    let (low, high): (String, String)
    let (isFirst, isLast): (String, String)
    let panels: Panels?
  }

  /// The sweep of `length` iterations from `low` on.
  private func sweep(from low: String, _ length: Int, _ panels: Panels?, _ f: inout FunctionWriter) -> Sweep {
    let extent = contraction.reductions[0].axis.extent
    let high = f.minimum(f.add(low, "\(length)"), "\(extent)")
    let (isFirst, isLast) = (f.value("icmp eq i64 \(low), 0"), f.value("icmp eq i64 \(high), \(extent)"))
    return Sweep(low: low, high: high, isFirst: isFirst, isLast: isLast, panels: panels)
  }

  private var vector: String { "<\(schedule.lanes) x float>" }

  private func tiles(_ f: inout FunctionWriter, _ buffers: [String], _ sums: [String], _ sweep: Sweep?) {
    func tiles(from first: String, to last: String, _ f: inout FunctionWriter) {
      f.loop("tile", from: first, to: last) { f, number in tile(number, &f, buffers, sums, sweep) }
    }
    guard schedule.loopsOfUnit > 0 else { return tiles(from: "%begin", to: "%end", &f) }
    let count = tilesOfUnit
    f.loop("unit", from: "%begin", to: "%end") { f, unit in
      let first = f.multiply(unit, count)
      clearRowSums(ofUnitAt: first, buffers, &f)
      tiles(from: first, to: f.add(first, "\(count)"), &f)
    }
  }

  /// Writes tile `unit` in each of the shapes that it may have.
  private func tile(_ unit: String, _ f: inout FunctionWriter, _ buffers: [String], _ sums: [String], _ sweep: Sweep?) {
    let place = place(of: unit, &f)
    let emitter = emitter(at: place, buffers, &f)
    if let sweep, let panels = sweep.panels { fill(panels, unit, place, emitter, sweep, &f) }
    var exists: String?
    for bound in contraction.exists {
      var own = emitter
      let inside = f.value("icmp ult i64 \(own.first(bound.index, &f)), \(bound.limit)")
      exists = exists.map { f.value("and i1 \($0), \(inside)") } ?? inside
    }
    func shapes(_ f: inout FunctionWriter) {
      let blocks = rowBlocks
      choose(place.rowBlock, of: blocks.count, whole: blocks.larger, &f) { f, isTail in
        let rows = isTail ? blocks.smaller : blocks.size
        chooseColumns(of: place, &f) { f, columns in tile(&f, emitter, unit, place, sums, rows: rows, columns: columns, sweep) }
      }
    }
    if let exists { f.branch(exists, shapes) } else { shapes(&f) }
  }

  /// The first row of row block `block`.
  func firstRow(of block: String, _ f: inout FunctionWriter) -> String {
    let blocks = rowBlocks
    guard blocks.larger < blocks.count else { return f.multiply(block, blocks.size) }
    return f.add(f.multiply(block, blocks.smaller), f.multiply(f.minimum(block, "\(blocks.larger)"), blocks.size - blocks.smaller))
  }

  /// Where tile `unit` is.
  func place(of unit: String, _ f: inout FunctionWriter) -> Place {
    var place = Place()
    var rest = unit
    for (i, loop) in schedule.order.enumerated().reversed() {
      let (quotient, remainder) = f.divide(rest, by: extent(loop), isLast: i == 0)
      rest = quotient
      switch loop {
      case .outer(let axis): place.outer[contraction.outer[axis]] = remainder
      case .rowBlocks: place.rowBlock = remainder
      case .columnBlocks: place.columnBlock = remainder
      }
    }
    return place
  }

  /// What writes scalars of the tile at `place`, whose rows and columns are still to be said.
  func emitter(at place: Place, _ buffers: [String], _ f: inout FunctionWriter) -> ScalarEmitter {
    var emitter = ScalarEmitter(buffers: buffers, lanes: schedule.lanes, hasBF16Products: hasBF16Products)
    emitter.axes = place.outer.mapValues { Position($0) }
    if let strip = schedule.strip { emitter.axes[strip] = Position(self.strip(of: place, &f)) }
    return emitter
  }

  /// Writes `body` once for the first `whole` blocks of `count`, and once for those after them that are smaller, as there are.
  private func choose(_ block: String, of count: Int, whole: Int, _ f: inout FunctionWriter, _ body: (inout FunctionWriter, Bool) -> Void) {
    guard whole < count else { return body(&f, false) }
    guard whole > 0 else { return body(&f, true) }
    let isTail = f.value("icmp uge i64 \(block), \(whole)")
    f.branch(isTail, { body(&$0, true) }, otherwise: { body(&$0, false) })
  }

  /// Writes `body` for each number of columns that the tile at `place` may have.
  func chooseColumns(of place: Place, _ f: inout FunctionWriter, _ body: (inout FunctionWriter, Int) -> Void) {
    let columnsLeft = contraction.column.extent % schedule.columns
    choose(place.columnBlock, of: columnBlocks, whole: columnBlocks - (columnsLeft == 0 ? 0 : 1), &f) { f, isTail in
      body(&f, isTail ? columnsLeft : schedule.columns)
    }
  }

  /// One tile of `rows` × `columns`.
  private func tile(
    _ f: inout FunctionWriter, _ emitter: ScalarEmitter, _ unit: String, _ place: Place, _ sums: [String], rows: Int, columns: Int,
    _ sweep: Sweep?
  ) {
    let vectors = (columns + schedule.lanes - 1) / schedule.lanes
    let row0 = firstRow(of: place.rowBlock, &f)
    let column0 = f.multiply(place.columnBlock, schedule.columns)
    let tail = columns % schedule.lanes
    let mask = tail == 0 ? nil : ScalarEmitter.mask(first: tail, of: schedule.lanes)
    func maskOf(_ vector: Int) -> String? { vector == vectors - 1 ? mask : nil }
    func sum(_ row: Int, _ vector: Int) -> String { sums[row * schedule.vectors + vector] }
    let matrices = matrices(rows: rows, vectors: vectors)
    // Where all sums lie in memory, row by row.
    let waiting = matrices != nil || sumsWindows ? f.slot("[\(rows * vectors) x \(self.vector)]", alignment: 64) : nil

    /// An epilogue's view of one vector of the tile.
    func element(_ row: Position, _ vector: Int, _ f: inout FunctionWriter) -> ScalarEmitter {
      var own = emitter
      own.forget()
      own.axes[contraction.row] = Position(f.add(row0, row.start), offset: row.offset)
      own.axes[contraction.column] = Position(column0, offset: vector * schedule.lanes)
      own.vectorAxis = contraction.column
      own.mask = maskOf(vector)
      return own
    }
    let output = contraction.stores[0].buffer
    let grid = (0..<rows).flatMap { row in (0..<vectors).map { (row, $0) } }
    /// Writes `body` for every vector of sums: one after another, or a loop over the rows, some at once, where they lie in memory.
    func eachVector(_ f: inout FunctionWriter, inMemory: Bool = matrices != nil, _ body: ([SummedVector], inout FunctionWriter) -> Void) {
      guard let waiting, inMemory else {
        return grid.forEach { body([SummedVector(row: Position("0", offset: $0), vector: $1, slot: sum($0, $1))], &f) }
      }
      let together = sumsWindows ? (1...max(1, ContractionEmitter.mostTogether / vectors)).last { rows % $0 == 0 } ?? 1 : 1
      f.loop("row", from: "0", to: "\(rows)", step: together) { f, first in
        let parts = (0..<together).flatMap { i -> [SummedVector] in
          let row = f.address(waiting, self.vector, f.multiply(first, vectors))
          return (0..<vectors).map { vector in
            SummedVector(
              row: Position(first, offset: i), vector: vector, slot: f.address(row, self.vector, "\(i * vectors + vector)"))
          }
        }
        body(parts, &f)
      }
    }
    /// The vector's sums.
    func value(of part: SummedVector, _ f: inout FunctionWriter) -> ScalarEmitter.Value {
      ScalarEmitter.Value(name: f.value("load \(self.vector), ptr \(part.slot)"), type: .f32, isVector: true)
    }
    func clear(_ f: inout FunctionWriter) { for (row, vector) in grid { f.run("store \(self.vector) zeroinitializer, ptr \(sum(row, vector))") } }
    if let matrices {
      if !hasTilesAlike { matrices.configure(&f) }
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

    // The position of the first product; rows and reduction axes add constants to it.
    var origin = emitter
    origin.axes[contraction.row] = Position(row0)
    origin.axes[contraction.column] = Position(schedule.packedBlockStride == nil ? column0 : "0")
    for reduction in contraction.reductions { origin.axes[reduction.axis] = Position("0") }
    var left = factor(contraction.left, origin, rowStep: step(contraction.left.at, contraction.row), &f)
    var right = factor(contraction.right, origin, &f)
    if let stride = schedule.packedBlockStride { right.first = f.add(right.first, f.multiply(place.columnBlock, stride)) }
    if let sweep, let panels = sweep.panels {
      left = factor(panels.left, from: f.multiply(row0, stepsOfSweep), width: rows, sweep, &f)
      right = factor(panels.right, from: "0", width: schedule.columns, sweep, &f)
    }
    let prefetches =
      sweep.map { swept(unit, from: $0.high, emitter, rows: rows, vectors: vectors, &f) }
      ?? upcoming(unit, emitter, rows: rows, vectors: vectors, &f)
    prefetches.start(&f)
    let ahead = Ahead(prefetches: prefetches, left: left.first)
    let columnStep = contraction.reductions.last.flatMap { right.steps[$0.axis] } ?? 0
    reduce(contraction.reductions[...], left, right, emitter, &f, isOutermost: true, sweep, ahead) { leftWords, right, f in
      if let matrices { return matrices.multiply(leftWords, rowStep: left.rowStep, right, columnStep: columnStep, &f) }
      let word = contraction.isPaired ? "i32" : "float"
      let words = "<\(schedule.lanes) x \(word)>"
      let vectorsNow = (0..<vectors).map { vector -> String in
        let pointer = f.address(right, word, "\(vector * schedule.lanes)")
        // A packed block is filled up with zeros, so only a tail in place is masked.
        guard let mask = maskOf(vector), schedule.packedBlockStride == nil else { return f.value("load \(words), ptr \(pointer), align 4") }
        let intrinsic = "llvm.masked.load.v\(schedule.lanes)\(ScalarEmitter.suffix(word)).p0"
        f.declare("declare \(words) @\(intrinsic)(ptr, i32, <\(schedule.lanes) x i1>, \(words))")
        return f.value("call \(words) @\(intrinsic)(ptr \(pointer), i32 4, <\(schedule.lanes) x i1> \(mask), \(words) zeroinitializer)")
      }
      for row in 0..<rows {
        let pointer = f.address(leftWords, word, "\(row * left.rowStep)")
        let broadcast = emitter.splat(f.value("load \(word), ptr \(pointer), align 4"), word, &f)
        for vector in 0..<vectors {
          let before = f.value("load \(self.vector), ptr \(sum(row, vector))")
          f.run("store \(self.vector) \(summed(before, broadcast, vectorsNow[vector], &f)), ptr \(sum(row, vector))")
        }
      }
    }

    if let matrices, let waiting {
      matrices.store(to: waiting, &f)
      if let sweep {
        // What earlier sweeps left in the result.
        f.branch(sweep.isFirst, { _ in }) { f in
          eachVector(&f) { parts, f in
            for part in parts {
              var own = element(part.row, part.vector, &f)
              let total = own.sum(own.emit(.load(buffer: output, at: contraction.output, .f32), &f), value(of: part, &f), &f)
              f.run("store \(self.vector) \(own.splat(total, &f).name), ptr \(part.slot)")
            }
          }
        }
      }
    }

    func finish(_ f: inout FunctionWriter) {
      // The sums over this tile's rows, by store and vector; in the order of the stores, so that the text is always the same.
      let totals = contraction.stores.map { contraction.isRowSum($0) ? (0..<vectors).map { _ in f.slot(self.vector) } : [] }
      for slot in totals.joined() { f.run("store \(self.vector) zeroinitializer, ptr \(slot)") }
      func finishElements(_ parts: [SummedVector], _ f: inout FunctionWriter) {
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
      if let waiting, matrices == nil {
        // Windows are loops of their own: written once for all rows, they take LLVM a fraction of the time. Sums leave the registers for that.
        for (row, vector) in grid {
          let value = f.value("load \(self.vector), ptr \(sum(row, vector))")
          f.run("store \(self.vector) \(value), ptr \(f.address(waiting, self.vector, "\(row * vectors + vector)"))")
        }
      }
      eachVector(&f, inMemory: waiting != nil, finishElements)
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
    // Where the sum itself is stored, the last sweep ends as all do.
    guard let sweep, contraction.stores[0].value != .accumulator else { return finish(&f) }
    f.branch(sweep.isLast, finish) { f in
      eachVector(&f) { parts, f in
        for part in parts {
          var own = element(part.row, part.vector, &f)
          own.store(value(of: part, &f), output, contraction.output, &f)
        }
      }
    }
  }

  /// A vector of a tile's sums.
  private struct SummedVector {
    let row: Position
    let vector: Int
    /// Where its sums are.
    let slot: String
  }

  /// Vectors whose windows an epilogue sums in one loop, at most.
  private static let mostTogether = 8

  /// Whether an epilogue sums over a window.
  private var sumsWindows: Bool { contraction.stores.contains { contraction.perRow($0).reduces } }

  /// `sum` and the products of `left` and `right`, which are words of pairs where the contraction is paired.
  private func summed(_ sum: String, _ left: String, _ right: String, _ f: inout FunctionWriter) -> String {
    let words = "<\(schedule.lanes) x i32>"
    guard contraction.isPaired else { return fused(left, right, sum, &f) }
    if hasBF16Products {
      let dot = "llvm.x86.avx512bf16.dpbf16ps.512"
      f.declare("declare \(vector) @\(dot)(\(vector), \(words), \(words))")
      return f.value("call \(vector) @\(dot)(\(vector) \(sum), \(words) \(left), \(words) \(right))")
    }
    func constant(_ number: Int) -> String { "<\((0..<schedule.lanes).map { _ in "i32 \(number)" }.joined(separator: ", "))>" }
    // The first number of a pair is the lower half; an f32 is its bf16 with zeros below.
    func first(_ pairs: String, _ f: inout FunctionWriter) -> String {
      f.value("bitcast \(words) \(f.value("shl \(words) \(pairs), \(constant(16))")) to \(vector)")
    }
    func second(_ pairs: String, _ f: inout FunctionWriter) -> String {
      f.value("bitcast \(words) \(f.value("and \(words) \(pairs), \(constant(-65536))")) to \(vector)")
    }
    let half = fused(first(left, &f), first(right, &f), sum, &f)
    return fused(second(left, &f), second(right, &f), half, &f)
  }

  /// left · right + sum, rounded once.
  private func fused(_ left: String, _ right: String, _ sum: String, _ f: inout FunctionWriter) -> String {
    let intrinsic = "llvm.fma.v\(schedule.lanes)f32"
    f.declare("declare \(vector) @\(intrinsic)(\(vector), \(vector), \(vector))")
    return f.value("call \(vector) @\(intrinsic)(\(vector) \(left), \(vector) \(right), \(vector) \(sum))")
  }

  /// The distance in elements along `axis`, which every contraction's operand has.
  func step(_ index: Index, _ axis: Axis) -> Int {
    guard let step = index.coefficient(of: axis) else { preconditionFailure("an operand of a contraction is linear in its axes") }
    return step
  }

  /// What a tile asks for ahead, and where its left operand begins.
  private struct Ahead {
    let prefetches: Prefetches
    let left: String
  }

  /// How a tile reads an operand.
  struct Factor {
    let pointer: String
    /// The position of the first product's word; one of the right operand is the first of a row of columns.
    var first: String
    /// The distance of a tile's rows, where it is the left one.
    var rowStep = 1
    /// How far each reduction axis moves it.
    let steps: [Axis: Int]

    /// The factor where `axis` has `value`.
    func moved(to value: String, of axis: Axis, _ f: inout FunctionWriter) -> Factor {
      var moved = self
      moved.first = f.add(first, f.multiply(value, steps[axis] ?? 0))
      return moved
    }
  }

  /// `operand` in place, where the tile at `origin` begins.
  private func factor(_ operand: Contraction.Operand, _ origin: ScalarEmitter, rowStep: Int = 1, _ f: inout FunctionWriter) -> Factor {
    var origin = origin
    let steps = contraction.reductions.map { ($0.axis, step(operand.at, $0.axis)) }
    return Factor(
      pointer: origin.buffers[operand.buffer], first: origin.first(operand.at, &f), rowStep: rowStep,
      steps: Dictionary(uniqueKeysWithValues: steps))
  }

  /// Writes the loops over `reductions` around `product`, moving both operands' positions along.
  private func reduce(
    _ reductions: ArraySlice<Contraction.Reduction>, _ left: Factor, _ right: Factor, _ emitter: ScalarEmitter, _ f: inout FunctionWriter,
    isOutermost: Bool = false, _ sweep: Sweep?, _ ahead: Ahead, _ product: (String, String, inout FunctionWriter) -> Void
  ) {
    guard let reduction = reductions.first else { preconditionFailure("a contraction sums over something") }
    let axis = reduction.axis
    var (from, to) = ("0", "\(axis.extent)")
    if isOutermost, let sweep { (from, to) = (sweep.low, sweep.high) }
    for bound in reduction.inside { clip(&from, &to, bound, axis, emitter, &f) }
    let isInnermost = reductions.count == 1
    func rest(_ f: inout FunctionWriter, _ value: String) {
      var inner = emitter
      inner.axes[axis] = Position(value)
      let (l, r) = (left.moved(to: value, of: axis, &f), right.moved(to: value, of: axis, &f))
      reduce(reductions.dropFirst(), l, r, inner, &f, sweep, ahead, product)
    }
    guard isInnermost else {
      f.loop("k\(axis.id)", from: from, to: to, rest)
      return
    }
    // Some iterations are written out in a row, so that the loop's own instructions don't count.
    let (atOnce, unroll) = (stepsAtOnce, min(stepsOfGroup, axis.extent))
    for stream in ahead.prefetches.streams where stream.followsLeft { stream.start(shift: f.add(left.first, f.multiply(ahead.left, -1)), &f) }
    // Both operands' pointers are carried along, so that LLVM has no position to work out in each step.
    let word = contraction.isPaired ? "i32" : "float"
    let operands = [left, right].map { factor in
      let slot = f.slot("ptr")
      let position = factor.moved(to: from, of: axis, &f).first
      f.run("store ptr \(f.address(factor.pointer, word, position)), ptr \(slot)")
      return (slot: slot, step: factor.steps[axis] ?? 0)
    }
    precondition(axis.extent % atOnce == 0 && (atOnce == 1 || reduction.inside.isEmpty), "an instruction sums whole steps")
    func group(_ f: inout FunctionWriter, _ count: Int) {
      if count == unroll { ahead.prefetches.fetch(&f) }
      let pointers = operands.map { f.value("load ptr, ptr \($0.slot)") }
      func moved(_ i: Int, by steps: Int, _ f: inout FunctionWriter) -> String {
        f.address(pointers[i], word, "\(steps * operands[i].step)")
      }
      for k in stride(from: 0, to: count, by: atOnce) { product(moved(0, by: k, &f), moved(1, by: k, &f), &f) }
      for i in operands.indices { f.run("store ptr \(moved(i, by: count, &f)), ptr \(operands[i].slot)") }
    }
    if let first = Int(from), let last = Int(to) {
      let whole = first + (last - first) / unroll * unroll
      f.loop("k\(axis.id)", from: from, to: "\(whole)", step: unroll) { f, _ in group(&f, unroll) }
      if whole < last { group(&f, last - whole) }
    } else {
      let groups = f.pure("sdiv i64 \(f.pure("sub nsw i64 \(to), \(from)")), \(unroll)")
      let whole = f.maximum(f.add(from, f.multiply(groups, unroll)), from)
      f.loop("k\(axis.id)", from: from, to: whole, step: unroll) { f, _ in group(&f, unroll) }
      f.loop("k\(axis.id)", from: whole, to: to) { f, _ in group(&f, 1) }
    }
  }

  /// Narrows the range `from..<to` of `axis` to where `bound` holds; its index goes up by a step, down by one, or stands still.
  private func clip(_ from: inout String, _ to: inout String, _ bound: Bounds, _ axis: Axis, _ emitter: ScalarEmitter, _ f: inout FunctionWriter) {
    let step = step(bound.index, axis)
    var others = emitter
    others.axes[axis] = Position("0")
    let base = others.first(bound.index, &f)
    switch step {
    case 0:
      // An axis of one value has no step: all of it is inside, or nothing.
      to = f.value("select i1 \(f.value("icmp ult i64 \(base), \(bound.limit)")), i64 \(to), i64 \(from)")
    case 1:
      from = f.maximum(from, f.multiply(base, -1))
      to = f.minimum(to, f.add("\(bound.limit)", f.multiply(base, -1)))
    case -1:
      from = f.maximum(from, f.add(base, "\(1 - bound.limit)"))
      to = f.minimum(to, f.add(base, "1"))
    default:
      // ky = py + s·jy stays below the kernel's extent: count the multiples that fit.
      precondition(step > 1 && bound.index.range.lowerBound >= 0, "a window's edge moves forwards")
      let room = f.add("\(bound.limit + step - 1)", f.multiply(base, -1))
      to = f.minimum(to, f.pure("sdiv i64 \(room), \(step)"))
    }
  }
}
