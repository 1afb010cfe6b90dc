import Loops
import Tensors

extension LoopNest {
  /// The loop that reads neighbours where `last` writes them: both then run in vectors, and blocks of them are transposed in registers.
  ///
  /// Weights are packed so for the gradient of the data. An extent that vectors don't divide, unless it is shorter than one, or a reduction is left to single elements.
  func transposingAxis(among axes: ArraySlice<Axis>, for last: Axis) -> Axis? {
    let block = LoopSchedule.square
    guard stores.count == 1, let store = stores.first, store.at.coefficient(of: last) == 1,
      last.extent % block == 0 || (4..<block).contains(last.extent),
      store.value.type == .f32 || store.value.type == .i32,
      !store.value.reduces
    else { return nil }
    let loads = store.value.loads
    return axes.last { axis in
      axis.extent % block == 0 && !loads.isEmpty && loads.allSatisfy { $0.at.coefficient(of: axis) == 1 && $0.at.coefficient(of: last) != nil }
        && store.at.coefficient(of: axis) != nil
    }
  }

  /// Writes the loops over `inner`, `across` among them, and `last`: vectors are read along `across` and written along `last`.
  func emitTransposed(
    _ emitter: ScalarEmitter, _ inner: [Axis], across: Axis, last: Axis, from low: String, to high: String, _ f: inout FunctionWriter
  ) {
    let (lanes, store) = (emitter.lanes, stores[0])
    let element = ScalarEmitter.llvm(store.value.type)
    /// Writes a block of `lanes` rows across and `width` columns along.
    func block(_ emitter: ScalarEmitter, _ row: String, _ column: String, width: Int, _ f: inout FunctionWriter) {
      func own(_ row: Position, _ column: Position, along axis: Axis) -> ScalarEmitter {
        var own = emitter
        own.forget()
        own.axes[across] = row
        own.axes[last] = column
        own.vectorAxis = axis
        return own
      }
      let rows = (0..<lanes).map { lane -> String in
        guard lane < width else { return "zeroinitializer" }
        var own = own(Position(row), Position(column, offset: lane), along: across)
        return own.splat(own.emit(store.value, &f), &f).name
      }
      for (lane, vector) in f.transposed(rows, of: element).enumerated() {
        var own = own(Position(row, offset: lane), Position(column), along: last)
        if width < lanes { own.mask = ScalarEmitter.mask(first: width, of: lanes) }
        own.store(ScalarEmitter.Value(name: vector, type: store.value.type, isVector: true), store.buffer, store.at, &f)
      }
    }
    emitter.nest(inner.filter { $0 != across }, &f) { emitter, f in
      f.loop("across", from: "0", to: "\(across.extent)", step: lanes) { [emitter] f, row in
        if last.extent % lanes == 0 {
          f.loop("along", from: low, to: high, step: lanes) { f, column in block(emitter, row, column, width: lanes, &f) }
        } else {
          for column in stride(from: 0, to: last.extent, by: lanes) {
            block(emitter, row, "\(column)", width: min(lanes, last.extent - column), &f)
          }
        }
      }
    }
  }
}

extension FunctionWriter {
  /// The columns of the square matrix whose rows are the vectors `rows`, of elements of LLVM's type `element`.
  ///
  /// Blocks of half the size change places across the diagonal, then those inside of them, down to single elements.
  mutating func transposed(_ rows: [String], of element: String) -> [String] {
    var rows = rows
    let type = "<\(rows.count) x \(element)>"
    func shuffle(_ a: String, _ b: String, _ pick: (Int) -> Int) -> String {
      let mask = rows.indices.map { "i32 \(pick($0))" }.joined(separator: ", ")
      return "shufflevector \(type) \(a), \(type) \(b), <\(rows.count) x i32> <\(mask)>"
    }
    var distance = rows.count / 2
    while distance > 0 {
      for i in rows.indices where i & distance == 0 {
        let (a, b) = (rows[i], rows[i + distance])
        rows[i] = value(shuffle(a, b) { $0 & distance == 0 ? $0 : rows.count + $0 - distance })
        rows[i + distance] = value(shuffle(a, b) { $0 & distance == 0 ? $0 + distance : rows.count + $0 })
      }
      distance /= 2
    }
    return rows
  }
}
