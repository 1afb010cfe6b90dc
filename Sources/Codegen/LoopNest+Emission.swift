import Loops
import Tensors

/// How a loop nest is cut into units of work.
struct LoopSchedule {
  /// The axes whose values a unit fixes.
  var unitAxes: ArraySlice<Axis>
  /// The axes a unit runs through.
  var innerAxes: ArraySlice<Axis>
  /// The last axis, which a unit takes a block of; `nil` when the nest has no axes.
  var last: Axis?
  /// The extent of that block.
  var block: Int
  /// Whether the last axis runs along the lanes; otherwise reductions do, and each iteration makes one element.
  var isVectorized: Bool
  /// Whether neighbouring lanes are far apart in some buffer.
  var isScattered: Bool
  /// The axis along which scattered elements are read as vectors, to be transposed in registers.
  var across: Axis?

  /// Work below which a unit isn't worth its bookkeeping, in elements times operations.
  static let unitWork = 1 << 14
  /// The same for scattered elements, where a unit should come back to a line while it is in the cache.
  static let scatteredWork = 1 << 17
  /// Stores of an iteration from which on each asks for its next line: stores wait for their lines in turn, and a processor foresees few of so many.
  static let manyStores = 4
  /// Rows and columns of what is transposed in registers, at most.
  static let square = 16
  /// Vectors whose reductions share a loop.
  static let sharedVectors = 4

  init(_ nest: LoopNest) {
    last = nest.axes.last
    isVectorized = nest.axes.last.map { LoopSchedule.vectorizes(nest, along: $0) } ?? false
    isScattered = isVectorized && (nest.axes.last.map { nest.isScattered(along: $0) } ?? false)
    let limit = isScattered ? LoopSchedule.scatteredWork : LoopSchedule.unitWork
    let cost = max(1, nest.operations + nest.stores.count)
    // Axes join the unit from the inside until it is worth its bookkeeping.
    let outer = nest.axes.dropLast()
    var work = cost * (last?.extent ?? 1)
    var split = outer.endIndex
    while split > outer.startIndex + (nest.isChunked ? 1 : 0), work * outer[split - 1].extent <= limit {
      split -= 1
      work *= outer[split].extent
    }
    var widest = last?.extent ?? 1
    if isScattered, let last, last.extent % LoopSchedule.square == 0, nest.transposingAxis(among: outer[split...], for: last) == nil,
      split > outer.startIndex, let across = nest.transposingAxis(among: outer[(split - 1)...], for: last)
    {
      // A unit takes all of the axis to transpose along, and less of the last one.
      split -= 1
      work *= across.extent
      widest = max(LoopSchedule.square, widest * limit / work / LoopSchedule.square * LoopSchedule.square)
    }
    unitAxes = outer[..<split]
    innerAxes = outer[split...]
    let extent = last?.extent ?? 1
    if innerAxes.isEmpty && work > 2 * LoopSchedule.unitWork {
      // Whole vectors a block, so that only the axis's end is masked.
      block = max(64, LoopSchedule.unitWork / cost / 64 * 64)
    } else {
      block = widest
    }
    if nest.isChunked && nest.axes.count == 1 { block = Chunks.unit }
    block = min(block, extent)
    if isScattered, let last, block % LoopSchedule.square == 0 || block == last.extent {
      across = nest.transposingAxis(among: innerAxes, for: last)
    }
  }

  /// The number of units.
  var units: Int { unitAxes.reduce(1) { $0 * $1.extent } * (((last?.extent ?? 1) + block - 1) / block) }

  /// Whether neighbouring iterations of `axis` read and write neighbouring elements.
  ///
  /// Otherwise the innermost reduction runs along the lanes, if its elements are neighbours.
  private static func vectorizes(_ nest: LoopNest, along axis: Axis) -> Bool {
    var (along, across) = (0, 0)
    for store in nest.stores {
      store.value.visit { scalar in
        guard case .reduce(_, let loops, let body) = scalar, let inner = loops.last, !body.reduces else { return }
        for load in body.loads {
          let step = load.at.coefficient(of: axis)
          if step == 1 { along += 1 }
          if step != 0 && step != 1 && load.at.coefficient(of: inner) == 1 && inner.extent >= 4 { across += 1 }
        }
      }
    }
    return across <= along
  }
}

extension LoopNest {
  /// The number of units of work.
  package var units: Int { LoopSchedule(self).units }

  /// Writes the function that does units `%begin` up to `%end`.
  func emit(buffers types: [TensorType], target: VectorTarget) -> FunctionWriter {
    var f = FunctionWriter()
    let schedule = LoopSchedule(self)
    var emitter = ScalarEmitter(buffers: types.indices.map { f.bufferPointer($0) }, lanes: target.lanes, hasBF16Products: target.hasBF16Products)
    emitter.asksAhead = stores.count >= LoopSchedule.manyStores
    f.loop("unit", from: "%begin", to: "%end") { [emitter] f, unit in
      var emitter = emitter
      var rest = unit
      var low = "0"
      var high = "\(schedule.last?.extent ?? 1)"
      if let last = schedule.last, schedule.block < last.extent {
        let blocks = (last.extent + schedule.block - 1) / schedule.block
        let (quotient, remainder) = f.divide(rest, by: blocks, isLast: schedule.unitAxes.isEmpty)
        rest = quotient
        low = f.multiply(remainder, schedule.block)
        high = f.minimum(f.add(low, "\(schedule.block)"), "\(last.extent)")
      }
      for (i, axis) in schedule.unitAxes.enumerated().reversed() {
        let (quotient, remainder) = f.divide(rest, by: axis.extent, isLast: i == 0)
        emitter.axes[axis] = Position(remainder)
        rest = quotient
      }
      let inner = Array(schedule.innerAxes)
      if let last = schedule.last, let across = schedule.across {
        return emitTransposed(emitter, inner, across: across, last: last, from: low, to: high, &f)
      }
      if let last = schedule.last, schedule.isScattered {
        // Iterations may come in any order: those whose lanes lie in the same lines come one after another.
        emitter.vectorLoop(over: last, from: low, to: high, &f) { emitters, f in
          emitters[0].nest(inner, &f) { emitter, f in
            var only = [emitter]
            emitStores(&only, &f)
          }
        }
        return
      }
      emitter.nest(inner, &f) { emitter, f in
        var only = [emitter]
        guard let last = schedule.last else { return emitStores(&only, &f) }
        if schedule.isVectorized {
          emitter.vectorLoop(
            over: last, from: low, to: high, width: Scalar.reductions(of: stores.map(\.value)).isEmpty ? 1 : LoopSchedule.sharedVectors, &f,
            emitStores)
        } else {
          f.loop("i\(last.id)", from: low, to: high) { [emitter] f, value in
            var inner = [emitter]
            inner[0].axes[last] = Position(value)
            emitStores(&inner, &f)
          }
        }
      }
    }
    return f
  }

  /// Writes what one iteration stores, or several side by side with an emitter each.
  private func emitStores(_ emitters: inout [ScalarEmitter], _ f: inout FunctionWriter) {
    ScalarEmitter.reduceTogether(stores.map(\.value), &emitters, &f)
    for i in emitters.indices {
      // All values are made before any is stored: a buffer may be updated in place.
      let values = stores.map { emitters[i].emit($0.value, &f) }
      for (store, value) in zip(stores, values) { emitters[i].store(value, store.buffer, store.at, &f) }
    }
  }

  /// Whether some buffer's elements for neighbouring values of `axis` are neither neighbours nor the same.
  package func isScattered(along axis: Axis) -> Bool {
    stores.contains { store in
      ([store.at] + store.value.loads.map(\.at)).contains { index in
        let step = index.coefficient(of: axis)
        return step != 0 && step != 1
      }
    }
  }
}

extension FunctionWriter {
  /// The pointer to buffer `number`, loaded once.
  mutating func bufferPointer(_ number: Int) -> String {
    let place = entryValue("getelementptr ptr, ptr %buffers, i64 \(number)")
    return entryValue("load ptr, ptr \(place)")
  }

  /// The quotient and the remainder of a number that is not negative; the remainder is the number itself when it `isLast`.
  ///
  /// - Parameter isSmall: whether the number is less than 2³¹. It is multiplied by a reciprocal then, which may as well be an argument.
  mutating func divide(_ x: String, by divisor: Int, isLast: Bool, isSmall: Bool = false) -> (quotient: String, remainder: String) {
    if isLast { return ("0", x) }
    if divisor == 1 { return (x, "0") }
    let quotient: String
    if isSmall, divisor < 1 << Reciprocal.digits {
      let reciprocal = Reciprocal(of: divisor)
      quotient = pure("lshr i64 \(pure("mul nuw i64 \(x), \(reciprocal.factor)")), \(reciprocal.shift)")
    } else {
      quotient = pure("udiv i64 \(x), \(divisor)")
    }
    return (quotient, pure("sub nsw i64 \(x), \(multiply(quotient, divisor))"))
  }
}
