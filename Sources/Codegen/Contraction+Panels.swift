import Loops

/// The operands' parts of a sweep, copied to where a tile reads one word after another, on the stack of its thread.
///
/// In place, each step of a sum is of another pixel or row, which lies kilobytes from the last: in another page, and in few sets of the first-level cache.
struct Panels {
  /// A copy, and the slot of the number of what it is a copy of, or -1.
  typealias Panel = (pointer: String, key: String)

  /// The rows of all tiles, one tile after another.
  let left: Panel
  /// The columns of the tiles that are made at present.
  let right: Panel

  /// Notes that nothing is copied yet.
  func clear(_ f: inout FunctionWriter) { for panel in [left, right] { f.run("store i64 -1, ptr \(panel.key)") } }
}

extension ContractionEmitter {
  /// Steps of the sum in a sweep.
  var stepsOfSweep: Int { contraction.reductions.dropFirst().reduce(schedule.sweep ?? 1) { $0 * $1.axis.extent } }

  /// The panels, where the schedule asks for them.
  func panels(_ f: inout FunctionWriter) -> Panels? {
    guard schedule.copiesSweeps else { return nil }
    func panel(_ width: Int) -> Panels.Panel {
      (f.slot("[\(stepsOfSweep * width) x float]", alignment: FunctionWriter.lineBytes), f.slot("i64"))
    }
    return Panels(left: panel(contraction.row.extent), right: panel(schedule.columns))
  }

  /// `panel` as a factor of a tile whose words begin at `first`, `width` a step.
  func factor(_ panel: Panels.Panel, from first: String, width: Int, _ sweep: Sweep, _ f: inout FunctionWriter) -> Factor {
    var steps: [Axis: Int] = [:]
    var step = width
    for reduction in contraction.reductions.reversed() {
      steps[reduction.axis] = step
      step *= reduction.axis.extent
    }
    let shift = f.multiply(sweep.low, -(steps[contraction.reductions[0].axis] ?? 0))
    return Factor(pointer: panel.pointer, first: f.add(first, shift), steps: steps)
  }

  /// Copies what the tile `unit` reads into `panels`, unless it is there.
  func fill(_ panels: Panels, _ unit: String, _ place: Place, _ emitter: ScalarEmitter, _ sweep: Sweep, _ f: inout FunctionWriter) {
    func fill(_ panel: Panels.Panel, sharedBy tiles: Int, _ f: inout FunctionWriter, _ copy: (inout FunctionWriter) -> Void) {
      let (key, _) = f.divide(unit, by: tiles, isLast: false)
      f.branch(f.value("icmp ne i64 \(key), \(f.value("load i64, ptr \(panel.key)"))")) { f in
        f.run("store i64 \(key), ptr \(panel.key)")
        copy(&f)
      }
    }
    fill(panels.left, sharedBy: columnBlocks * rowBlocks.count, &f) { f in
      eachStep(of: contraction.left, emitter, sweep, &f) { f, source, step in
        var first = 0
        for (size, count) in rowBlocks.sizes {
          f.loop("row", from: "\(first)", to: "\(first + count * size)", step: size) { f, row in
            copy(size, source, row, to: panels.left, f.add(f.multiply(row, stepsOfSweep), f.multiply(step, size)), &f)
          }
          first += count * size
        }
      }
    }
    fill(panels.right, sharedBy: rowBlocks.count, &f) { f in
      chooseColumns(of: place, &f) { f, columns in
        let column = f.multiply(place.columnBlock, schedule.columns)
        eachStep(of: contraction.right, emitter, sweep, &f) { f, source, step in
          copy(columns, source, column, to: panels.right, f.multiply(step, schedule.columns), &f)
        }
      }
    }
  }

  /// Copies `count` words from `source`, `offset` on, to `position` of `panel`.
  private func copy(
    _ count: Int, _ source: String, _ offset: String, to panel: Panels.Panel, _ position: String, _ f: inout FunctionWriter
  ) {
    f.declare("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
    let words = f.address(source, "float", offset)
    let target = f.address(panel.pointer, "float", position)
    f.run("call void @llvm.memcpy.p0.p0.i64(ptr align 4 \(target), ptr align 4 \(words), i64 \(4 * count), i1 false)")
  }

  /// Writes `body` for every step of `sweep`, with a pointer to the step's first row or column in `operand`, and the step's number.
  private func eachStep(
    of operand: Contraction.Operand, _ emitter: ScalarEmitter, _ sweep: Sweep, _ f: inout FunctionWriter,
    _ body: (inout FunctionWriter, String, String) -> Void
  ) {
    var origin = emitter
    for axis in [contraction.row, contraction.column] { origin.axes[axis] = Position("0") }
    func loop(_ reductions: ArraySlice<Contraction.Reduction>, _ emitter: ScalarEmitter, _ number: String, _ f: inout FunctionWriter) {
      guard let axis = reductions.first?.axis else {
        var emitter = emitter
        return body(&f, emitter.address(operand.buffer, operand.at, "float", &f), number)
      }
      let isFirst = reductions.count == contraction.reductions.count
      f.loop("step", from: isFirst ? sweep.low : "0", to: isFirst ? sweep.high : "\(axis.extent)") { f, value in
        var inner = emitter
        inner.axes[axis] = Position(value)
        let own = isFirst ? f.add(value, f.multiply(sweep.low, -1)) : value
        loop(reductions.dropFirst(), inner, f.add(f.multiply(number, axis.extent), own), &f)
      }
    }
    loop(contraction.reductions[...], origin, "0", &f)
  }
}
