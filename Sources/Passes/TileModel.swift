import Codegen
import Loops

/// Chooses how a contraction is cut for registers and caches, by a small model of the machine.
struct TileModel {
  let contraction: Contraction
  let target: VectorTarget
  /// What is taken in the place of the model's choice.
  let override: TileOverride?
  /// How a stream's chunks cut the contraction, with the rows of a chunk.
  let chunk: (by: KernelGraph.Chunking, rows: Int)?

  /// Bytes of what is read again and should still be near: half of the second-level cache, as other operands pass through it too.
  private let near: Int

  /// Bytes of a block of right columns that all tiles of a sweep read: what the first-level cache holds.
  private let panel: Int

  init(
    _ contraction: Contraction, target: VectorTarget, caches: CacheSizes, override: TileOverride? = nil,
    chunk: (by: KernelGraph.Chunking, rows: Int)? = nil
  ) {
    (near, panel) = (caches.second / 2, caches.first)
    self.contraction = contraction
    self.target = target
    self.override = override
    self.chunk = chunk
  }

  /// The schedule, with the right operand in place.
  var schedule: TileSchedule {
    let (rows, vectors) = tile
    let order = order(rows: rows, columns: vectors * target.lanes)
    var schedule = TileSchedule(
      rows: rows, vectors: vectors, lanes: target.lanes, sweep: sweep(rows: rows, vectors: vectors),
      order: contraction.part == nil ? order : [.parts] + order)
    schedule.matrixSteps = matrixSteps
    schedule.hasWholeRows = chunk?.by == .rows(1)
    schedule.hasSweptUnits = chunk?.by == .sums
    schedule.loopsOfUnit = loopsOfUnit(order, rows: rows)
    schedule.copiesSweeps = schedule.sweep != nil && copiesSweeps(rows: rows, vectors: vectors)
    return schedule
  }

  /// Whether the right operand is copied into column blocks first.
  ///
  /// It must be when its columns aren't neighbours; it pays when enough tiles read each block, and the operand is wider than one.
  ///
  /// - Parameter pairStep: the distance of a word's second number, where packing is to make the words.
  func packs(pairStep: Int?) -> Bool {
    if pairStep != nil { return true }
    guard let step = contraction.right.at.coefficient(of: contraction.column) else { preconditionFailure("operands are linear") }
    if step != 1 && contraction.column.extent > 1 { return true }
    let (rows, vectors) = tile
    guard contraction.role != .convolutionToWeights || contraction.rowGroups > 0 else { return false }
    // A stream is there to keep little, and packing gains its sweeps next to nothing; copies lie side by side already.
    if sweep(rows: rows, vectors: vectors) != nil, chunk != nil || copiesSweeps(rows: rows, vectors: vectors) { return false }
    let readers = contraction.outer.filter { !contraction.right.at.mentions($0) }.reduce((contraction.row.extent + rows - 1) / rows) {
      $0 * $1.extent
    }
    return contraction.column.extent > vectors * target.lanes && readers >= 4 || contraction.column.extent % target.lanes != 0 && readers >= 4
  }

  /// Whether a thread copies what tiles of `rows` and `vectors` read in a sweep, where there are sweeps: the rows of all tiles, and the columns of those it makes at present.
  ///
  /// In place, each step of a sum is of another pixel or row: of another page, and of few sets of the first-level cache. It pays where enough tiles read each word,
  /// and the rows, which every block of columns reads again, stay in the second-level cache.
  private func copiesSweeps(rows: Int, vectors: Int) -> Bool {
    guard !contraction.isPaired, chunk?.by != .sums, contraction.reductions.allSatisfy(\.inside.isEmpty), contraction.exists.isEmpty,
      contraction.left.at.coefficient(of: contraction.row) == 1, contraction.right.at.coefficient(of: contraction.column) == 1
    else { return false }
    let columns = vectors * target.lanes
    let steps = (override?.sweep ?? leastSweep) * stepsOfIteration
    return contraction.column.extent > 4 * columns && contraction.row.extent > 3 * rows
      && steps <= min(near, TileModel.mostOnStack) / (4 * (contraction.row.extent + columns))
  }

  /// The bytes of the right operand that a chunk of `rows` rows reads.
  private func bytesOfRight(inChunkOf rows: Int) -> Int {
    let axes = contraction.outer + contraction.reductions.map(\.axis)
    let first = chunk?.by == .sums ? contraction.reductions.first?.axis : contraction.outer.first
    return axes.filter { contraction.right.at.mentions($0) }.reduce(4 * contraction.column.extent) { $0 * ($1 == first ? rows : $1.extent) }
  }

  /// Steps of the innermost reduction that an instruction of matrix registers sums; `nil` where tiles are of vector registers.
  ///
  /// Such an instruction takes bf16 words whose neighbours along the reduction are neighbours in the left operand, and is worth it for four or more.
  private var matrixSteps: Int? {
    guard TileModel.takesMatrices(target, override: override), contraction.isPaired, chunk == nil, let inner = contraction.reductions.last,
      inner.inside.isEmpty,
      contraction.left.at.coefficient(of: inner.axis) == 1
    else { return nil }
    return TileModel.matrixSteps(of: inner.axis.extent)
  }

  /// Whether tiles of pairs are of matrix registers, where sizes allow it: an override is of vector registers.
  static func takesMatrices(_ target: VectorTarget, override: TileOverride?) -> Bool { target.hasMatrixRegisters && override == nil }

  /// The most steps that a row of a matrix register has room for and that divide `extent`, if they are worth it.
  static func matrixSteps(of extent: Int) -> Int? { (4...16).last { extent % $0 == 0 } }

  /// Rows and vectors of a tile of matrix registers, at most.
  private static let matrices = (rows: 32, vectors: 2)

  /// The register tile: of those that fit the registers, the one that takes the least time on this contraction's sizes.
  private var tile: (rows: Int, vectors: Int) {
    if matrixSteps != nil {
      let vectors = min(TileModel.matrices.vectors, (contraction.column.extent - 1) / target.lanes + 1)
      return (blocks(of: TileModel.matrices.rows).size, vectors)
    }
    if let override, suits(override.rows) { return (min(override.rows, contraction.row.extent), override.vectors) }
    let (m, n) = (contraction.row.extent, contraction.column.extent)
    var best: (cost: Double, rows: Int, vectors: Int) = (.infinity, 1, 1)
    for vectors in 1...4 where vectors == 1 || (vectors - 1) * target.lanes < n {
      for rows in 1...14 where fits(rows, vectors) && (rows == 1 || rows <= m) && suits(rows) {
        let width = vectors * target.lanes
        var cost = 0.0
        for (tileRows, rowCount) in blocks(of: rows).sizes {
          for (columnCount, columns) in [(n / width, width), (n % width == 0 ? 0 : 1, n % width)] where columnCount > 0 {
            let tileVectors = (columns + target.lanes - 1) / target.lanes
            let waiting = waiting(tileRows, tileVectors, sweptAs: (rows, vectors))
            cost += Double(rowCount * columnCount) * (TileModel.cost(tileRows, tileVectors) + waiting)
          }
        }
        if cost < best.cost * 0.999 { best = (cost, rows, vectors) }
      }
    }
    return (blocks(of: best.rows).size, best.vectors)
  }

  /// Whether the sums of a tile stay in registers, with its vectors and one broadcast; of 32 registers LLVM wants two more, without which it moves numbers about in each step: 9x3 and 14x2.
  private func fits(_ rows: Int, _ vectors: Int) -> Bool {
    rows * vectors + vectors + (target.registers > 16 ? 3 : 1) <= target.registers
  }

  /// Whether tiles may have `rows`: a chunk is whole tiles.
  private func suits(_ rows: Int) -> Bool { chunk?.by != .rows(1) || Chunks.grain % rows == 0 }

  /// The blocks of rows that tiles of `rows` make.
  private func blocks(of rows: Int) -> AxisBlocks {
    chunk?.by == .rows(1) ? AxisBlocks(of: contraction.row.extent, size: rows) : AxisBlocks(of: contraction.row.extent, atMost: rows)
  }

  /// The time of one step of the innermost reduction, in products: the products themselves, or the chain of one sum where there are too few to hide it, or the loads,
  /// of which a machine makes as many at once as products; beside the others they are cheaper, and count most where they are not shared.
  private static func cost(_ rows: Int, _ vectors: Int) -> Double {
    max(Double(rows * vectors), Double(rows + vectors), 8) + 0.25 * Double(vectors) + 0.2 * Double(rows) + 0.5
  }

  /// What sweeps cost beside, in products a step: sums that wait in the result are loaded and stored once a sweep, the last products are waited for,
  /// and right vectors come from a panel that barely fits the first cache, or, copied or of a chunk, mostly from there.
  private func waiting(_ rows: Int, _ vectors: Int, sweptAs whole: (rows: Int, vectors: Int)) -> Double {
    guard let sweep = sweep(rows: whole.rows, vectors: whole.vectors) else { return 0 }
    let steps = sweep * stepsOfIteration
    let isMostlyNear = chunk?.by == .sums || copiesSweeps(rows: whole.rows, vectors: whole.vectors)
    let panel = (isMostlyNear ? 0.15 : 0.75) * Double(vectors * target.lanes) / 16
    return Double(3 * rows * vectors + 40) / Double(steps) + panel
  }

  /// The order of the tiles: what is read again for every value of an outer loop should be what is smaller, or fits the cache.
  private func order(rows: Int, columns: Int) -> [TileSchedule.Loop] {
    let groups = contraction.outer.indices.prefix(contraction.rowGroups).map(TileSchedule.Loop.outer)
    let outer = contraction.outer.indices.dropFirst(contraction.rowGroups).map(TileSchedule.Loop.outer)
    if contraction.role == .convolutionToWeights { return groups + outer + [.columnBlocks, .rowBlocks] }
    // A strip of the right operand stays in a cache while the other factor passes, or all of it, so that the sums are passed over once.
    if let chunk, chunk.by == .sums {
      return groups + (bytesOfRight(inChunkOf: chunk.rows) > near ? [.columnBlocks, .rowBlocks] : [.rowBlocks, .columnBlocks])
    }
    // A batched product goes through one matrix after another.
    if contraction.role == .product {
      return groups + outer + (sweep(rows: 1, vectors: 1) == nil ? [.rowBlocks, .columnBlocks] : [.columnBlocks, .rowBlocks])
    }
    let (m, n) = (contraction.row.extent, contraction.column.extent)
    let inner = contraction.reductions.reduce(1) { $0 * $1.axis.extent }
    let right = 4 * n * inner
    let left = 4 * m * inner * contraction.outer.dropFirst(contraction.rowGroups).reduce(1) { $0 * $1.extent }
    let (rowBlocks, columnBlocks) = ((m + rows - 1) / rows, (n + columns - 1) / columns)
    let rowsFirst = left + right * (right > near ? rowBlocks : 1)
    let columnsFirst = right + left * (left > near ? columnBlocks : 1)
    return groups + (columnsFirst < rowsFirst ? [.columnBlocks, .rowBlocks] : [.rowBlocks, .columnBlocks]) + outer
  }

  /// Numbers that a partial sum over rows is of, at least: adding it up in memory then costs little beside them.
  private static let leastOfSum = 64

  /// How many loops a unit that adds up sums over rows runs: the fewest of the innermost ones that give each sum enough numbers.
  private func loopsOfUnit(_ order: [TileSchedule.Loop], rows: Int) -> Int {
    guard !contraction.rowSums.isEmpty else { return 0 }
    var (loops, summed) = (0, rows)
    for loop in order.dropFirst(contraction.rowGroups).reversed() where summed < TileModel.leastOfSum {
      loops += 1
      switch loop {
      case .outer(let i): summed *= contraction.outer[i].extent
      case .rowBlocks: summed *= blocks(of: rows).count
      case .parts, .columnBlocks: break
      }
    }
    return loops
  }

  /// Steps of the sum that an iteration of the outermost reduction makes.
  private var stepsOfIteration: Int { contraction.reductions.dropFirst().reduce(1) { $0 * $1.axis.extent } }

  /// Iterations of a sweep, at least: of 48 steps, or of 16 instructions of matrices, since sums are loaded and stored once in each.
  private var leastSweep: Int { ((matrixSteps.map { 16 * $0 } ?? 48) - 1) / stepsOfIteration + 1 }

  /// Bytes that a kernel may copy to its thread's stack, whatever caches it is cut for.
  private static let mostOnStack = 2 << 20

  /// Iterations of the outermost reduction whose operands stay in the cache while all tiles, of `rows` and `vectors`, use them; `nil` for all at once.
  ///
  /// All of a part is a sweep, too, and so is all of a sum that is copied.
  private func sweep(rows: Int, vectors: Int) -> Int? {
    if let chunk, chunk.by != .groups { return chunk.by == .sums ? chunk.rows : nil }
    guard contraction.isSwept || chunk != nil && contraction.sumsAcross, let first = contraction.reductions.first,
      contraction.stores.count == 1, contraction.stores[0].at == contraction.output
    else { return nil }
    let parts = contraction.part?.extent ?? 1
    let most = (first.axis.extent - 1) / parts + 1
    let copies = copiesSweeps(rows: rows, vectors: vectors)
    func kept(_ sweep: Int) -> Int? { sweep < most ? sweep : parts > 1 || copies ? most : nil }
    if let sweep = override?.sweep { return kept(sweep) }
    let rest = stepsOfIteration
    if matrixSteps != nil {
      // Matrix registers are filled from the second cache as fast as from the first.
      return kept(max(near / (4 * rest * (contraction.row.extent + contraction.column.extent)), leastSweep))
    }
    // Copied words of a tile share the first cache with the sums, where rows in place only pass.
    let panel = copies ? 2 * panel / 3 : panel
    let read = 4 * rest * (vectors * target.lanes + (copies ? rows : 0))
    let room = copies ? min(near, TileModel.mostOnStack) / (4 * rest * (contraction.row.extent + vectors * target.lanes)) : .max
    return kept(max(min(panel / read, room), leastSweep))
  }
}

extension Contraction {
  /// Whether all of its tiles can go over a part of the outermost reduction before the next part.
  ///
  /// Groups of rows come one after another instead, but for those of a chunk, which is of one group.
  var isSwept: Bool { sumsAcross && rowGroups == 0 }

  /// Whether it is a gradient to weights or a product that sums over rows; a left operand that is read along the reduction is read once, and not worth coming back to.
  fileprivate var sumsAcross: Bool {
    guard let first = reductions.first, first.inside.isEmpty else { return false }
    return role == .convolutionToWeights || role == .product && left.at.coefficient(of: first.axis) != 1
  }
}
