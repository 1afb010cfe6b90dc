import Loops

/// Lines that a tile asks for while it computes, because a later one needs them.
///
/// A group of the innermost steps asks for some lines and moves on, so that the requests are spread over the tile's products: activations that come from memory then cost nothing
/// beside them, where a tile that waited for each of its lines ran at half of its speed.
struct PrefetchStream {
  /// The operand's pointer.
  let buffer: String
  /// The slot of the position that comes next, in elements.
  let position: String
  /// What a group asks for, in elements from the position.
  let offsets: [Int]
  /// How far a group moves.
  let step: String
  /// The last position; beyond it the same lines are asked for again, which costs little.
  let last: String
  /// Whether the lines go to the first cache; otherwise to the second, where they wait longer.
  let isSoon: Bool

  /// f32 numbers of a cache line.
  static let line = 16

  /// Asks for the lines whose turn it is.
  func fetch(_ f: inout FunctionWriter) {
    let now = f.value("load i64, ptr \(position)")
    f.declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
    for offset in offsets {
      let pointer = f.value("getelementptr float, ptr \(buffer), i64 \(f.add(now, "\(offset)"))")
      f.run("call void @llvm.prefetch.p0(ptr \(pointer), i32 0, i32 \(isSoon ? 3 : 2), i32 1)")
    }
    f.run("store i64 \(f.minimum(f.add(now, step), last)), ptr \(position)")
  }
}

extension ContractionEmitter {
  /// Steps of products that pass before memory answers: the tile that is so far ahead is asked for.
  private static let latency = 96

  /// What the tile after the next ones reads: rows of the left operand that lie one after another, and what the epilogue loads.
  func upcomingStreams(_ unit: String, _ emitter: ScalarEmitter, rows: Int, vectors: Int, _ f: inout FunctionWriter) -> [PrefetchStream] {
    let steps = contraction.reductions.reduce(1) { $0 * $1.axis.extent }
    let groups = steps / ContractionEmitter.unroll
    guard groups > 0, let inner = contraction.reductions.last else { return [] }
    let tiles = (ContractionEmitter.latency + steps - 1) / steps
    // Tiles of one row of blocks share their rows: each asks for a part of those of the row that follows.
    let isColumnsInside = schedule.order.last == .columnBlocks
    let later = place(of: f.add(unit, "\(tiles * (isColumnsInside ? columnBlocks : 1))"), &f)
    var origin = emitter
    origin.axes.merge(later.outer) { $1 }
    origin.axes[contraction.row] = f.multiply(later.rowBlock, schedule.rows)
    origin.axes[contraction.column] = f.multiply(later.columnBlock, schedule.columns)
    for reduction in contraction.reductions { origin.axes[reduction.axis] = "0" }
    // Of a window that an epilogue sums, the first element.
    for store in contraction.stores {
      store.value.visit { if case .reduce(_, let axes, _) = $0 { for axis in axes { origin.axes[axis] = "0" } } }
    }
    origin.forget()
    func stream(_ buffer: Int, from start: String, _ offsets: [Int], step: Int, length: Int) -> PrefetchStream {
      let position = f.slot("i64")
      f.run("store i64 \(start), ptr \(position)")
      return PrefetchStream(
        buffer: emitter.buffers[buffer], position: position, offsets: offsets, step: "\(step)", last: f.add(start, "\(length)"), isSoon: true)
    }
    var streams: [PrefetchStream] = []
    let left = contraction.left
    if contraction.reductions.count == 1, step(left.at, inner.axis) == 1, step(left.at, contraction.row) == inner.axis.extent {
      let share = (rows * steps + columnBlocks - 1) / (isColumnsInside ? columnBlocks : 1)
      let lines = (share + groups * PrefetchStream.line - 1) / (groups * PrefetchStream.line)
      let start = isColumnsInside ? f.add(origin.first(left.at, &f), f.multiply(later.columnBlock, share)) : origin.first(left.at, &f)
      streams.append(
        stream(
          left.buffer, from: start, (0..<lines).map { $0 * PrefetchStream.line }, step: lines * PrefetchStream.line, length: share))
    }
    var seen: Set<Contraction.Operand> = []
    let loads = contraction.stores.flatMap { $0.value.loads }
    for load in loads where seen.insert(Contraction.Operand(buffer: load.buffer, at: load.at)).inserted {
      guard load.at.coefficient(of: contraction.column) == 1, let rowStep = load.at.coefficient(of: contraction.row), rowStep != 0 else { continue }
      let rowsAtOnce = (rows + groups - 1) / groups
      let offsets = (0..<rowsAtOnce).flatMap { row in (0..<vectors).map { row * rowStep + $0 * schedule.lanes } }
      streams.append(
        stream(load.buffer, from: origin.first(load.at, &f), offsets, step: rowsAtOnce * rowStep, length: (rows - rowsAtOnce) * rowStep))
    }
    return streams
  }

  /// What the next sweep reads of both operands, each tile of this one asking for its part.
  func sweptStreams(_ unit: String, from next: String, _ f: inout FunctionWriter) -> [PrefetchStream] {
    guard let sweep = schedule.sweep, let first = contraction.reductions.first else { return [] }
    let groups = max(1, sweep * contraction.reductions.dropFirst().reduce(1) { $0 * $1.axis.extent } / ContractionEmitter.unroll)
    let tiles = f.value("sub nsw i64 %end, %begin")
    let number = f.value("sub nsw i64 \(unit), %begin")
    return [contraction.left, contraction.right].compactMap { operand in
      let span = sweep * step(operand.at, first.axis)
      guard span > 0 else { return nil }
      let share = f.value("udiv i64 \(f.add(tiles, "\(span - 1)")), \(tiles)")
      let start = f.add(f.multiply(next, step(operand.at, first.axis)), f.value("mul nsw i64 \(number), \(share)"))
      // Two threads or more share the tiles.
      let lines = max(1, (2 * span + units * groups * PrefetchStream.line - 1) / (units * groups * PrefetchStream.line))
      let step = f.maximum(f.value("udiv i64 \(share), \(groups)"), "\(PrefetchStream.line)")
      let position = f.slot("i64")
      f.run("store i64 \(start), ptr \(position)")
      return PrefetchStream(
        buffer: f.bufferPointer(operand.buffer), position: position, offsets: (0..<lines).map { $0 * PrefetchStream.line }, step: step,
        last: f.value("add nsw i64 \(start), \(share)"), isSoon: false)
    }
  }
}
