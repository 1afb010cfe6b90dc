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
  /// How many lines there are in a row, and how far the next row is, where lines are asked for one at a time; the position then counts lines.
  var row: (lines: Int, step: Int)?
  /// Whether the lines are to be written.
  var isWritten = false
  /// What the buffer holds.
  var element = ElementType.f32
  /// Whether the lines move with the left operand through the outer reductions, and are asked for anew in each of their iterations.
  var followsLeft = false
  /// Whether the lines go to the first cache; otherwise to the second, where they wait longer.
  var isSoon = true
  /// The slots of the position that comes next, and of the last.
  private let position: String
  private let last: String

  /// Bytes of a cache line, and the f32 numbers in it.
  static let (lineBytes, line) = (64, 16)

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
    let first = row == nil ? f.add(first, shift) : shift
    f.run("store i64 \(first), ptr \(position)")
    f.run("store i64 \(f.add(first, length)), ptr \(last)")
  }

  /// Asks for the lines whose turn it is, until all have had theirs.
  func fetch(_ f: inout FunctionWriter) {
    let now = f.value("load i64, ptr \(position)")
    f.declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
    f.branch(f.value("icmp sle i64 \(now), \(f.value("load i64, ptr \(last)"))")) { f in
      let place = row.map { row in
        let number = f.value("udiv i64 \(now), \(row.lines)")
        let inRow = f.value("sub nsw i64 \(now), \(f.multiply(number, row.lines))")
        return f.add(first, f.add(f.multiply(number, row.step), f.multiply(inRow, PrefetchStream.lineBytes / element.size)))
      }
      for offset in offsets {
        let pointer = f.value("getelementptr \(ScalarEmitter.stored(element)), ptr \(buffer), i64 \(f.add(place ?? now, "\(offset)"))")
        f.run("call void @llvm.prefetch.p0(ptr \(pointer), i32 \(isWritten ? 1 : 0), i32 \(isSoon ? 3 : 2), i32 1)")
      }
      f.run("store i64 \(f.add(now, step)), ptr \(position)")
    }
  }
}

extension ContractionEmitter {
  /// Steps of products that pass before memory answers: the tile that is so far ahead is asked for.
  private static let latency = 96

  /// What the tile after the next ones reads: new rows or columns of the left operand, and what the epilogue loads.
  func upcomingStreams(_ unit: String, _ emitter: ScalarEmitter, rows: Int, vectors: Int, _ f: inout FunctionWriter) -> [PrefetchStream] {
    let steps = contraction.reductions.reduce(1) { $0 * $1.axis.extent }
    guard let inner = contraction.reductions.last?.axis, inner.extent >= ContractionEmitter.unroll else { return [] }
    let groups = steps / ContractionEmitter.unroll
    let tiles = (ContractionEmitter.latency + steps - 1) / steps
    // Tiles of one row of blocks share their rows: each asks for a part of those of the row that follows.
    let sharers = schedule.order.last == .columnBlocks ? columnBlocks : 1
    let later = place(of: f.add(unit, "\(tiles * sharers)"), &f)
    let origin = beginning(of: later, emitter, &f)
    var streams: [PrefetchStream] = []
    if let left = leftStream(later, origin, inner, tiles: tiles, sharers: sharers, rows: rows, &f) { streams.append(left) }
    var seen: Set<Contraction.Operand> = []
    let reads = contraction.stores.flatMap { $0.value.loads }.map { (buffer: $0.buffer, at: $0.at, type: $0.type, isWritten: false) }
    let writes = contraction.stores.map { (buffer: $0.buffer, at: $0.at, type: types[$0.buffer].element, isWritten: true) }
    for access in reads + writes where seen.insert(Contraction.Operand(buffer: access.buffer, at: access.at)).inserted {
      guard access.at.coefficient(of: contraction.column) == 1, let rowStep = access.at.coefficient(of: contraction.row), rowStep > 0 else {
        continue
      }
      var origin = origin
      let first = origin.first(access.at, &f)
      let line = PrefetchStream.lineBytes / access.type.size
      let lines = (vectors * schedule.lanes + line - 1) / line
      // One line at a time, or as many rows of lines as have to be asked for at once.
      let rowsAtOnce = rows * lines <= groups ? 0 : (rows + groups - 1) / groups
      let offsets = rowsAtOnce == 0 ? [0] : (0..<rowsAtOnce).flatMap { row in (0..<lines).map { row * rowStep + $0 * line } }
      var stream = PrefetchStream(
        emitter.buffers[access.buffer], from: first, length: rowsAtOnce == 0 ? "\(rows * lines - 1)" : "\(max(0, rows - rowsAtOnce) * rowStep)",
        offsets, step: rowsAtOnce == 0 ? "1" : "\(rowsAtOnce * rowStep)", &f)
      if rowsAtOnce == 0 { stream.row = (lines, rowStep) }
      stream.element = access.type
      stream.isWritten = access.isWritten
      streams.append(stream)
    }
    return streams
  }

  /// The first element of tile `place`, with all sums at their beginning.
  private func beginning(of place: Place, _ emitter: ScalarEmitter, _ f: inout FunctionWriter) -> ScalarEmitter {
    var origin = emitter
    origin.forget()
    origin.axes.merge(place.outer) { $1 }
    origin.axes[contraction.row] = firstRow(of: place.rowBlock, &f)
    origin.axes[contraction.column] = f.multiply(place.columnBlock, schedule.columns)
    for reduction in contraction.reductions { origin.axes[reduction.axis] = "0" }
    // Of a window that an epilogue sums, the first element.
    for store in contraction.stores {
      contraction.perRow(store).visit { if case .reduce(_, let axes, _) = $0 { for axis in axes { origin.axes[axis] = "0" } } }
    }
    return origin
  }

  /// What tile `place` reads of the left operand for the first time: whole rows that lie one after another, or what a window moves on by.
  private func leftStream(
    _ place: Place, _ origin: ScalarEmitter, _ inner: Axis, tiles: Int, sharers: Int, rows: Int, _ f: inout FunctionWriter
  ) -> PrefetchStream? {
    let (left, line) = (contraction.left, PrefetchStream.line)
    let (rowStep, groups) = (step(left.at, contraction.row), inner.extent / ContractionEmitter.unroll)
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

  /// What the next sweep reads of both operands, each tile of this one asking for its part.
  func sweptStreams(_ unit: String, from next: String, _ f: inout FunctionWriter) -> [PrefetchStream] {
    guard let sweep = schedule.sweep, !schedule.hasSweptUnits, let first = contraction.reductions.first else { return [] }
    let steps = contraction.reductions.dropFirst().reduce(sweep) { $0 * $1.axis.extent }
    let groups = max(1, steps / ContractionEmitter.unroll)
    let tiles = f.value("sub nsw i64 %end, %begin")
    let number = f.value("sub nsw i64 \(unit), %begin")
    return [contraction.left, contraction.right].compactMap { operand in
      let span = sweep * step(operand.at, first.axis)
      guard span > 0 else { return nil }
      let share = f.value("udiv i64 \(f.add(tiles, "\(span - 1)")), \(tiles)")
      let start = f.add(f.multiply(next, step(operand.at, first.axis)), f.value("mul nsw i64 \(number), \(share)"))
      // Two threads or more share the tiles.
      let lines = max(1, (2 * span + units * groups * PrefetchStream.line - 1) / (units * groups * PrefetchStream.line))
      let step = f.maximum(f.value("udiv i64 \(share), \(groups)"), "\(lines * PrefetchStream.line)")
      var stream = PrefetchStream(
        f.bufferPointer(operand.buffer), from: start, length: share, (0..<lines).map { $0 * PrefetchStream.line }, step: step, &f)
      stream.isSoon = false
      return stream
    }
  }
}
