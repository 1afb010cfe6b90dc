import Loops
import Tensors

/// Lines that a tile asks for while it computes, because a later one needs them.
///
/// A group of the innermost steps asks for some lines and moves on, so that the requests are spread over the tile's products: activations that come from memory then cost nothing
/// beside them, where a tile that waited for each of its lines ran at half of its speed.
struct PrefetchStream {
  /// The operand's pointer.
  let buffer: String
  /// Where the first lines are, in elements.
  let first: String
  /// How far the last ones are from there.
  let length: String
  /// What a group asks for, in elements from its position.
  let offsets: [Int]
  /// How far a group moves.
  let step: String
  /// Whether the lines move with the left operand through the outer reductions, and are asked for anew in each of their iterations.
  var followsLeft = false
  /// Whether the lines go to the first cache; otherwise to the second, where they wait longer.
  var isSoon = true
  /// The slots of the position that comes next, and of the last.
  private let position: String
  private let last: String

  /// Bytes of a cache line, and the f32 numbers in it.
  static let line = FunctionWriter.lineBytes / 4

  init(_ buffer: String, from first: String, length: String, _ offsets: [Int], step: String, _ f: inout FunctionWriter) {
    self.buffer = buffer
    self.first = first
    self.length = length
    self.offsets = offsets
    self.step = step
    (position, last) = (f.slot("i64"), f.slot("i64"))
  }

  /// Begins with the first lines, `shift` elements on.
  func start(shift: String, _ f: inout FunctionWriter) {
    let first = f.add(first, shift)
    f.run("store i64 \(first), ptr \(position)")
    f.run("store i64 \(f.add(first, length)), ptr \(last)")
  }

  /// Asks for the lines whose turn it is, until all have had theirs.
  func fetch(_ f: inout FunctionWriter) {
    let now = f.value("load i64, ptr \(position)")
    f.branch(f.value("icmp sle i64 \(now), \(f.value("load i64, ptr \(last)"))")) { f in
      for offset in offsets {
        f.prefetch(f.address(f.address(buffer, "float", now), "float", "\(offset)"), isSoon: isSoon)
      }
      f.run("store i64 \(f.add(now, step)), ptr \(position)")
    }
  }
}

/// The lines of a later tile that its epilogue reads and writes, in tensors that lie alike.
///
/// They are asked for one after another, row by row: more at a time would fill the queue of lines on their way, and the products would wait for it.
struct PrefetchedRows {
  /// How a tile lies in a tensor: the lines of its rows, and the bytes from one row to the next.
  struct Layout: Hashable {
    let lines: Int
    let rowBytes: Int
  }

  let layout: Layout
  let rows: Int
  /// How many lines a group asks for.
  let linesAtOnce: Int
  /// Where the tile begins in each of the tensors, and whether it is written there.
  private(set) var tensors: [(pointer: String, isWritten: Bool)] = []
  /// The slot of the line that comes next.
  private let next: String

  init(_ layout: Layout, rows: Int, groups: Int, _ f: inout FunctionWriter) {
    self.layout = layout
    self.rows = rows
    linesAtOnce = (rows * layout.lines + groups - 1) / groups
    next = f.slot("i64")
  }

  mutating func add(_ pointer: String, isWritten: Bool) { tensors.append((pointer, isWritten)) }

  /// Begins with the first line.
  func start(_ f: inout FunctionWriter) { f.run("store i64 0, ptr \(next)") }

  /// Asks for the lines whose turn it is, until all have had theirs.
  func fetch(_ f: inout FunctionWriter) {
    let now = f.value("load i64, ptr \(next)")
    f.branch(f.value("icmp slt i64 \(now), \(rows * layout.lines)")) { f in
      for i in 0..<linesAtOnce {
        let (row, line) = f.divide(f.add(now, "\(i)"), by: layout.lines, isLast: false)
        let offset = f.add(f.multiply(row, layout.rowBytes), f.multiply(line, FunctionWriter.lineBytes))
        for tensor in tensors {
          f.prefetch(f.address(tensor.pointer, "i8", offset), isWritten: tensor.isWritten)
        }
      }
      f.run("store i64 \(f.add(now, "\(linesAtOnce)")), ptr \(next)")
    }
  }
}

/// What a tile asks for ahead.
struct Prefetches {
  var streams: [PrefetchStream] = []
  var rows: [PrefetchedRows] = []

  func start(_ f: inout FunctionWriter) {
    for stream in streams { stream.start(shift: "0", &f) }
    for rows in rows { rows.start(&f) }
  }

  func fetch(_ f: inout FunctionWriter) {
    for stream in streams { stream.fetch(&f) }
    for rows in rows { rows.fetch(&f) }
  }
}

extension ContractionEmitter {
  /// Steps of products that pass before memory answers: the tile that is so far ahead is asked for.
  private var latency: Int { schedule.matrixSteps == nil ? 96 : 384 }

  /// What the tile after the next ones needs: new rows or columns of the left operand, and what its epilogue reads and writes.
  func upcoming(_ unit: String, _ emitter: ScalarEmitter, rows: Int, vectors: Int, _ f: inout FunctionWriter) -> Prefetches {
    let steps = contraction.reductions.reduce(1) { $0 * $1.axis.extent }
    guard let inner = contraction.reductions.last?.axis, inner.extent >= stepsOfGroup else { return Prefetches() }
    let groups = steps / stepsOfGroup
    let tiles = (latency + steps - 1) / steps
    // Tiles of one row of blocks share their rows: each asks for a part of those of the row that follows.
    let sharers = schedule.order.last == .columnBlocks ? columnBlocks : 1
    let later = place(of: f.add(unit, "\(tiles * sharers)"), &f)
    let origin = beginning(of: later, emitter, &f)
    var prefetches = Prefetches()
    if let left = leftStream(later, origin, inner, tiles: tiles, sharers: sharers, rows: rows, &f) { prefetches.streams.append(left) }
    let reads = contraction.stores.flatMap { $0.value.loads }.map { (buffer: $0.buffer, at: $0.at, type: $0.type, isWritten: false) }
    let writes = contraction.stores.map { (buffer: $0.buffer, at: $0.at, type: types[$0.buffer].element, isWritten: true) }
    prefetches.rows = self.rows(of: reads + writes, origin, rows: rows, vectors: vectors, groups: groups, &f)
    return prefetches
  }

  /// A tile's part of a tensor.
  private typealias Access = (buffer: Int, at: Index, type: ElementType, isWritten: Bool)

  /// The lines that the tile at `origin` has in tensors whose rows and columns are its own.
  private func rows(
    of accesses: [Access], _ origin: ScalarEmitter, rows: Int, vectors: Int, groups: Int, _ f: inout FunctionWriter
  ) -> [PrefetchedRows] {
    var prefetched: [PrefetchedRows] = []
    var seen: Set<Contraction.Operand> = []
    for access in accesses where seen.insert(Contraction.Operand(buffer: access.buffer, at: access.at)).inserted {
      guard access.at.coefficient(of: contraction.column) == 1, let rowStep = access.at.coefficient(of: contraction.row), rowStep > 0 else {
        continue
      }
      let layout = PrefetchedRows.Layout(
        lines: (vectors * schedule.lanes * access.type.size - 1) / FunctionWriter.lineBytes + 1, rowBytes: rowStep * access.type.size)
      let known = prefetched.firstIndex { $0.layout == layout }
      if known == nil { prefetched.append(PrefetchedRows(layout, rows: rows, groups: groups, &f)) }
      var origin = origin
      let pointer = origin.address(access.buffer, access.at, ScalarEmitter.stored(access.type), &f)
      prefetched[known ?? prefetched.count - 1].add(pointer, isWritten: access.isWritten)
    }
    return prefetched
  }

  /// The first element of tile `place`, with all sums at their beginning.
  private func beginning(of place: Place, _ emitter: ScalarEmitter, _ f: inout FunctionWriter) -> ScalarEmitter {
    var origin = emitter
    origin.forget()
    origin.axes.merge(place.outer.mapValues { Position($0) }) { $1 }
    origin.axes[contraction.row] = Position(firstRow(of: place.rowBlock, &f))
    origin.axes[contraction.column] = Position(f.multiply(place.columnBlock, schedule.columns))
    for reduction in contraction.reductions { origin.axes[reduction.axis] = Position("0") }
    // Of a window that an epilogue sums, the first element.
    for store in contraction.stores {
      contraction.perRow(store).visit { if case .reduce(_, let axes, _) = $0 { for axis in axes { origin.axes[axis] = Position("0") } } }
    }
    return origin
  }

  /// What tile `place` reads of the left operand for the first time: whole rows that lie one after another, or what a window moves on by.
  private func leftStream(
    _ place: Place, _ origin: ScalarEmitter, _ inner: Axis, tiles: Int, sharers: Int, rows: Int, _ f: inout FunctionWriter
  ) -> PrefetchStream? {
    let (left, line) = (contraction.left, PrefetchStream.line)
    let (rowStep, groups) = (step(left.at, contraction.row), inner.extent / stepsOfGroup)
    guard step(left.at, inner) == 1, rowStep > 0 else { return nil }
    var origin = origin
    if contraction.reductions.count == 1, rowStep == inner.extent {
      let share = (rows * inner.extent + sharers - 1) / sharers
      let lines = (share + groups * line - 1) / (groups * line)
      let first = f.add(origin.first(left.at, &f), sharers == 1 ? "0" : f.multiply(place.columnBlock, share))
      return PrefetchStream(
        origin.buffers[left.buffer], from: first, length: "\(share - 1)", (0..<lines).map { $0 * line }, step: "\(lines * line)", &f)
    }
    guard case .outer(let axis)? = schedule.order.last else { return nil }
    let new = min(inner.extent, tiles * step(left.at, contraction.outer[axis]))
    guard new > 0 else { return nil }
    let lines = ((new + line - 1) / line + groups - 1) / groups
    let offsets = (0..<rows).flatMap { row in (0..<lines).map { row * rowStep + $0 * line } }
    let first = f.add(origin.first(left.at, &f), "\(inner.extent - new)")
    var stream = PrefetchStream(origin.buffers[left.buffer], from: first, length: "\(new - 1)", offsets, step: "\(lines * line)", &f)
    stream.followsLeft = true
    return stream
  }

  /// The next tile's sums, which wait in the result; and what the next sweep reads of both operands, each tile of this one asking for its part, but in a stream, where that isn't made yet.
  func swept(
    _ unit: String, _ sweep: Sweep, _ emitter: ScalarEmitter, rows: Int, vectors: Int, _ f: inout FunctionWriter
  ) -> Prefetches {
    guard let length = schedule.sweep, let first = contraction.reductions.first else { return Prefetches() }
    let groups = max(1, stepsOfSweep / stepsOfGroup)
    let output = contraction.stores[0].buffer
    let sums = (buffer: output, at: contraction.output, type: types[output].element, isWritten: true)
    let origin = beginning(of: place(of: f.add(unit, "1"), &f), emitter, &f)
    let waiting = self.rows(of: [sums], origin, rows: rows, vectors: vectors, groups: groups, &f)
    if schedule.hasSweptUnits { return Prefetches(rows: waiting) }
    let tiles = f.pure("sub nsw i64 \(sweep.run.last), \(sweep.run.first)")
    let number = f.pure("sub nsw i64 \(unit), \(sweep.run.first)")
    let streams = [contraction.left, contraction.right].compactMap { operand -> PrefetchStream? in
      let span = length * step(operand.at, first.axis)
      guard span > 0 else { return nil }
      let share = f.pure("udiv i64 \(f.add(tiles, "\(span - 1)")), \(tiles)")
      let start = f.add(f.multiply(sweep.high, step(operand.at, first.axis)), f.pure("mul nsw i64 \(number), \(share)"))
      // Two threads or more share the tiles.
      let lines = max(1, (2 * span + units * groups * PrefetchStream.line - 1) / (units * groups * PrefetchStream.line))
      let step = f.maximum(f.pure("udiv i64 \(share), \(groups)"), "\(lines * PrefetchStream.line)")
      var stream = PrefetchStream(
        f.bufferPointer(operand.buffer), from: start, length: share, (0..<lines).map { $0 * PrefetchStream.line }, step: step, &f)
      stream.isSoon = false
      return stream
    }
    return Prefetches(streams: streams, rows: waiting)
  }
}
