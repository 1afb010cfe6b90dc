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
    case .parts: contraction.part?.extent ?? 1
    case .outer(let i): contraction.outer[i].extent
    case .rowBlocks: rowBlocks.count
    case .columnBlocks: columnBlocks
    }
  }

  /// Where a tile is: the values of the outer axes and of the part, and the numbers of its blocks.
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
    let whole = Run(first: "%begin", last: "%end")
    guard let length = schedule.sweep, let extent = contraction.reductions.first?.axis.extent else {
      precondition(contraction.part == nil, "only sweeps keep to a part")
      return tiles(of: whole, &f, buffers, sums, nil)
    }
    let all = (from: "0", to: "\(extent)")
    if schedule.hasSweptUnits {
      f.loop("unit", from: "%begin", to: "%end") { f, unit in
        let (number, tile) = f.divide(unit, by: tileCount, isLast: false)
        self.tile(tile, &f, buffers, sums, sweep(of: whole, from: f.multiply(number, length), length, in: all, nil, &f))
      }
      return
    }
    // Each sweep goes over all tiles of the call with a part of the outermost reduction, so that the part stays in the cache.
    let panels = panels(&f)
    func sweeps(over run: Run, _ range: (from: String, to: String), _ f: inout FunctionWriter) {
      f.loop("sweep", from: range.from, to: range.to, step: length) { f, low in
        panels?.clear(&f)
        tiles(of: run, &f, buffers, sums, sweep(of: run, from: low, length, in: range, panels, &f))
      }
    }
    guard let parts = contraction.part?.extent else { return sweeps(over: whole, all, &f) }
    let count = tileCount / parts
    let from = f.divide("%begin", by: count, isLast: false).quotient
    let to = f.divide(f.add("%end", "\(count - 1)"), by: count, isLast: false).quotient
    f.loop("part", from: from, to: to) { f, part in
      let next = f.add(part, "1")
      let run = Run(first: f.maximum("%begin", f.multiply(part, count)), last: f.minimum("%end", f.multiply(next, count)))
      let (low, _) = f.divide(f.multiply(part, extent), by: parts, isLast: false)
      let (high, _) = f.divide(f.multiply(next, extent), by: parts, isLast: false)
      sweeps(over: run, (from: low, to: high), &f)
    }
  }

  /// The tiles from `first` up to, not including, `last`.
  struct Run {
    let (first, last): (String, String)
  }

  /// Some iterations of the outermost reduction that the tiles of a run go through; whether they are the first or the last of a sum is an i1.
  struct Sweep {
    let run: Run
    let (low, high): (String, String)
    let (isFirst, isLast): (String, String)
    let panels: Panels?
  }

  /// The sweep over `run` of `length` iterations, or those that are left, from `low` on; a sum is over `range`.
  private func sweep(
    of run: Run, from low: String, _ length: Int, in range: (from: String, to: String), _ panels: Panels?, _ f: inout FunctionWriter
  ) -> Sweep {
    let high = f.minimum(f.add(low, "\(length)"), range.to)
    let (isFirst, isLast) = (f.value("icmp eq i64 \(low), \(range.from)"), f.value("icmp eq i64 \(high), \(range.to)"))
    return Sweep(run: run, low: low, high: high, isFirst: isFirst, isLast: isLast, panels: panels)
  }

  var vector: String { "<\(schedule.lanes) x float>" }

  private func tiles(of run: Run, _ f: inout FunctionWriter, _ buffers: [String], _ sums: [String], _ sweep: Sweep?) {
    func tiles(from first: String, to last: String, _ f: inout FunctionWriter) {
      f.loop("tile", from: first, to: last) { f, number in tile(number, &f, buffers, sums, sweep) }
    }
    guard schedule.loopsOfUnit > 0 else { return tiles(from: run.first, to: run.last, &f) }
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
        chooseColumns(of: place, &f) { f, columns in
          ContractionTile(of: self, unit, at: place, emitter, sums, rows: rows, columns: columns, sweep, &f).emit(&f)
        }
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
    // What is asked for ahead may be of tiles past the last one, but not as many again.
    let isSmall = tileCount < 1 << 30
    for (i, loop) in schedule.order.enumerated().reversed() {
      let (quotient, remainder) = f.divide(rest, by: extent(loop), isLast: i == 0, isSmall: isSmall)
      rest = quotient
      switch loop {
      case .parts: if let part = contraction.part { place.outer[part] = remainder }
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

  /// `sum` and the products of `left` and `right`, which are words of pairs where the contraction is paired.
  func summed(_ sum: String, _ left: String, _ right: String, _ f: inout FunctionWriter) -> String {
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
  struct Ahead {
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
  func factor(_ operand: Contraction.Operand, _ origin: ScalarEmitter, rowStep: Int = 1, _ f: inout FunctionWriter) -> Factor {
    var origin = origin
    let steps = contraction.reductions.map { ($0.axis, step(operand.at, $0.axis)) }
    return Factor(
      pointer: origin.buffers[operand.buffer], first: origin.first(operand.at, &f), rowStep: rowStep,
      steps: Dictionary(uniqueKeysWithValues: steps))
  }

  /// Writes the loops over `reductions` around `product`, moving both operands' positions along.
  func reduce(
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
