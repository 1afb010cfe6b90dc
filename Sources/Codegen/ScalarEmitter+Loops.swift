import Loops
import Tensors

extension ScalarEmitter {
  mutating func guarded(_ bounds: [Bounds], _ body: Scalar, _ otherwise: Double, _ f: inout FunctionWriter) -> Value {
    var inner = self
    inner.known = [:]
    var (uniform, lane): (String?, String?) = (condition, mask)
    var (ownUniform, ownLane): (String?, String?) = (nil, nil)
    for bound in bounds {
      // One comparison without a sign decides both ends.
      if varies(bound.index) {
        let inside = f.value("icmp ult <\(lanes) x i64> \(vector(bound.index, &f)), \(constant(bound.limit))")
        lane = lane.map { f.value("and <\(lanes) x i1> \($0), \(inside)") } ?? inside
        ownLane = ownLane.map { f.value("and <\(lanes) x i1> \($0), \(inside)") } ?? inside
      } else {
        let inside = f.value("icmp ult i64 \(first(bound.index, &f)), \(bound.limit)")
        uniform = uniform.map { f.value("and i1 \($0), \(inside)") } ?? inside
        ownUniform = ownUniform.map { f.value("and i1 \($0), \(inside)") } ?? inside
      }
    }
    inner.condition = uniform
    inner.mask = lane
    var value = inner.emit(body, &f)
    let outside = Value(name: Self.literal(otherwise, value.type), type: value.type, isVector: false)
    if let ownUniform {
      let (a, b, isVector) = matched(value, outside, &f)
      value = Value(name: f.value("select i1 \(ownUniform), \(text(a)) \(a.name), \(text(b)) \(b.name)"), type: value.type, isVector: isVector)
    }
    if let ownLane {
      let (a, b) = (splat(value, &f), splat(outside, &f))
      value = Value(name: f.value("select <\(lanes) x i1> \(ownLane), \(text(a)) \(a.name), \(text(b)) \(b.name)"), type: value.type, isVector: true)
    }
    return value
  }

  /// Whether the lanes of a reduction are better its own innermost axis than the space's.
  ///
  /// They are when the body's elements lie side by side along it, and not along the vector axis.
  func reducesAcrossLanes(_ loops: [Axis], _ body: Scalar) -> Bool {
    guard vectorAxis == nil, let last = loops.last, last.extent > 1 else { return false }
    return !body.reduces
  }

  mutating func reduce(_ combination: Combination, _ loops: [Axis], _ body: Scalar, _ f: inout FunctionWriter) -> Value {
    let acrossLanes = reducesAcrossLanes(loops, body)
    let isVector = acrossLanes || vectorAxis.map(body.mentions) ?? false
    let type = text(.f32, vector: isVector)
    precondition(body.type == .f32, "kernels combine f32 numbers")
    let identity = repeated("float \(Self.literal(combination.identity, .f32))", Self.literal(combination.identity, .f32), isVector)
    let sum = f.slot(type)
    f.run("store \(type) \(identity), ptr \(sum)")
    func accumulate(_ emitter: inout ScalarEmitter, _ f: inout FunctionWriter) {
      var value = emitter.emit(body, &f)
      if isVector { value = emitter.splat(value, &f) }
      if acrossLanes, let mask = emitter.mask {
        value = Value(name: f.value("select <\(lanes) x i1> \(mask), \(type) \(value.name), \(type) \(identity)"), type: .f32, isVector: true)
      }
      let before = Value(name: f.value("load \(type), ptr \(sum)"), type: .f32, isVector: isVector)
      let after = emitter.binary(combination == .sum ? .add : .maximum, before, value, &f)
      f.run("store \(type) \(after), ptr \(sum)")
    }
    let outer = acrossLanes ? loops.dropLast() : loops[...]
    nest(Array(outer), &f) { emitter, f in
      guard acrossLanes, let last = loops.last else { return accumulate(&emitter, &f) }
      emitter.vectorLoop(over: last, from: "0", to: "\(last.extent)", &f) { accumulate(&$0[0], &$1) }
    }
    let total = f.value("load \(type), ptr \(sum)")
    guard acrossLanes else { return Value(name: total, type: .f32, isVector: isVector) }
    let suffix = "v\(lanes)f32"
    if combination == .sum {
      f.declare("declare float @llvm.vector.reduce.fadd.\(suffix)(float, \(type))")
      return Value(name: f.value("call reassoc float @llvm.vector.reduce.fadd.\(suffix)(float -0.0, \(type) \(total))"), type: .f32, isVector: false)
    }
    f.declare("declare float @llvm.vector.reduce.fmax.\(suffix)(\(type))")
    return Value(name: f.value("call float @llvm.vector.reduce.fmax.\(suffix)(\(type) \(total))"), type: .f32, isVector: false)
  }

  /// Writes what of the reductions in `values` can run along the lanes, for several vectors at a time: those over the same axes as one loop.
  static func reduceTogether(_ values: [Scalar], _ emitters: inout [ScalarEmitter], _ f: inout FunctionWriter) {
    guard let axis = emitters.first?.vectorAxis else { return }
    for (loops, scalars) in Scalar.reductions(of: values) where scalars.allSatisfy({ $0.mentions(axis) }) {
      reduceTogether(scalars, over: loops, &emitters, &f)
    }
  }

  /// Writes reductions over the same `loops` as one loop, for several vectors at a time.
  ///
  /// Neighbouring vectors are neighbours in memory, so that a row is read once and in order; sums of the same elements share their loads.
  private static func reduceTogether(_ reductions: [Scalar], over loops: [Axis], _ emitters: inout [ScalarEmitter], _ f: inout FunctionWriter) {
    guard let lanes = emitters.first?.lanes else { return }
    let type = "<\(lanes) x float>"
    let parts = reductions.compactMap { scalar -> (combination: Combination, body: Scalar)? in
      guard case .reduce(let combination, _, let body) = scalar else { return nil }
      return (combination, body)
    }
    let sums = emitters.map { emitter in
      parts.map { part -> String in
        let slot = f.slot(type)
        let identity = emitter.repeated("float \(literal(part.combination.identity, .f32))", "", true)
        f.run("store \(type) \(identity), ptr \(slot)")
        return slot
      }
    }
    let outside = emitters
    outside[0].steps(of: loops, &f) { inside, f in
      for (emitter, sums) in zip(outside, sums) {
        var own = emitter
        own.known = [:]
        for axis in loops { own.axes[axis] = inside.axes[axis] }
        for (part, sum) in zip(parts, sums) {
          let value = own.splat(own.emit(part.body, &f), &f)
          let before = Value(name: f.value("load \(type), ptr \(sum)"), type: .f32, isVector: true)
          f.run("store \(type) \(own.binary(part.combination == .sum ? .add : .maximum, before, value, &f)), ptr \(sum)")
        }
      }
    }
    for i in emitters.indices {
      for (scalar, sum) in zip(reductions, sums[i]) {
        emitters[i].known[scalar] = Value(name: f.value("load \(type), ptr \(sum)"), type: .f32, isVector: true)
      }
    }
  }

  /// Iterations of a reduction that are written out, at most: where a window is so small, positions and conditions are mostly known, or its elements have them in common.
  private static let mostWrittenOut = 4

  /// Runs `body` for all values of a reduction's `loops`: written out where they are few.
  private func steps(of loops: [Axis], _ f: inout FunctionWriter, _ body: (inout ScalarEmitter, inout FunctionWriter) -> Void) {
    let count = loops.reduce(1) { $0 * $1.extent }
    guard count <= ScalarEmitter.mostWrittenOut else { return nest(loops, &f, body) }
    for number in 0..<count {
      var inside = self
      inside.known = [:]
      var rest = number
      for axis in loops.reversed() {
        inside.axes[axis] = Position("\(rest % axis.extent)")
        rest /= axis.extent
      }
      body(&inside, &f)
    }
  }

  /// Runs `body` for all values of `loops`, with an emitter that knows them.
  func nest(_ loops: [Axis], _ f: inout FunctionWriter, _ body: (inout ScalarEmitter, inout FunctionWriter) -> Void) {
    var emitter = self
    emitter.known = [:]
    guard let axis = loops.first else { return body(&emitter, &f) }
    let rest = Array(loops.dropFirst())
    f.loop("i\(axis.id)", from: "0", to: "\(axis.extent)") { f, value in
      var inner = emitter
      inner.axes[axis] = Position(value)
      inner.nest(rest, &f, body)
    }
  }

  /// Runs `body` over `axis` from `low` to `high` in vectors, `width` of them at a time where there are so many; the last, partial one is masked.
  ///
  /// The body gets an emitter a vector.
  func vectorLoop(
    over axis: Axis, from low: String, to high: String, width: Int = 1, _ f: inout FunctionWriter,
    _ body: (inout [ScalarEmitter], inout FunctionWriter) -> Void
  ) {
    func emitter(at position: Position, mask: String?) -> ScalarEmitter {
      var emitter = self
      emitter.known = [:]
      emitter.vectorAxis = axis
      emitter.axes[axis] = position
      if let mask { emitter.mask = mask }
      return emitter
    }
    let length = Int(high).flatMap { h in Int(low).map { h - $0 } }
    /// The end of the part that whole groups of `step` make up.
    func end(from start: String, step: Int, _ f: inout FunctionWriter) -> String {
      if let start = Int(start), let high = Int(high) { return "\(start + (high - start) / step * step)" }
      let count = f.value("sub nsw i64 \(high), \(start)")
      return f.add(start, f.multiply(f.value("sdiv i64 \(count), \(step)"), step))
    }
    var whole = low
    for group in Set([width, 1]).sorted(by: >) where length.map({ $0 >= group * lanes }) ?? true {
      let start = whole
      whole = end(from: start, step: group * lanes, &f)
      if start == whole { continue }
      f.loop("vector", from: start, to: whole, step: group * lanes) { f, value in
        var inner = (0..<group).map { emitter(at: Position(value, offset: $0 * lanes), mask: nil) }
        body(&inner, &f)
      }
    }
    if length.map({ $0 % lanes == 0 }) ?? false { return }
    func tail(_ f: inout FunctionWriter) {
      let rest = f.value("sub nsw i64 \(high), \(whole)")
      let steps = (0..<lanes).map { "i64 \($0)" }.joined(separator: ", ")
      var inner = [emitter(at: Position(whole), mask: f.value("icmp slt <\(lanes) x i64> <\(steps)>, \(splat(rest, "i64", &f))"))]
      body(&inner, &f)
    }
    if length != nil { return tail(&f) }
    f.branch(f.value("icmp slt i64 \(whole), \(high)"), { tail(&$0) })
  }
}

extension Scalar {
  /// The outermost reductions in `values` that have none inside, with the same axes together, in order of appearance.
  static func reductions(of values: [Scalar]) -> [(loops: [Axis], scalars: [Scalar])] {
    var groups: [(loops: [Axis], scalars: [Scalar])] = []
    func find(_ scalar: Scalar) {
      if case .guarded = scalar { return }
      guard case .reduce(_, let loops, let body) = scalar else { return scalar.children.forEach(find) }
      guard !body.reduces else { return }
      if let i = groups.firstIndex(where: { $0.loops == loops }) {
        if !groups[i].scalars.contains(scalar) { groups[i].scalars.append(scalar) }
      } else {
        groups.append((loops, [scalar]))
      }
    }
    values.forEach(find)
    return groups
  }
}
