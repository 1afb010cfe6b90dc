import Tensors

/// Writes kernels for people: the text that `dump --stage kernels` shows.
package enum Printer {
  /// The text of `kernel` under `name`, its buffers called `buffers`.
  package static func text(_ kernel: Kernel, name: String, buffers: [String]? = nil) -> String {
    let names = buffers ?? kernel.buffers.indices.map { "%\($0)" }
    let parameters = zip(names, kernel.buffers).map { "\($0): \($1)" }.joined(separator: ", ")
    var lines = ["kernel @\(name)(\(parameters)) {"]
    switch kernel.body {
    case .loops(let nest):
      lines.append("  for \(nest.axes.map(text).joined(separator: ", "))")
      lines += nest.stores.map { "    \(text($0, names))" }
    case .contraction(let c):
      lines.append("  contraction \(c.role.rawValue)")
      lines.append("  for \((c.outer + [c.row, c.column]).map(text).joined(separator: ", "))" + c.exists.map { " where \(text($0))" }.joined())
      let sums = c.reductions.map { text($0.axis) + $0.inside.map { " where \(text($0))" }.joined() }
      lines.append("    sum over \(sums.joined(separator: ", "))\(c.part.map { ", in parts \(text($0))" } ?? "")")
      let words = c.isPaired ? " in pairs" : ""
      lines.append("      \(names[c.left.buffer])[\(text(c.left.at))] * \(names[c.right.buffer])[\(text(c.right.at))]\(words)")
      lines += c.stores.map { "    \(text($0, names))" }
      if let s = c.schedule {
        var order = s.order.map { loop in
          switch loop {
          case .parts: c.part.map { "i\($0.id)" } ?? ""
          case .outer(let i): "i\(c.outer[i].id)"
          case .rowBlocks: "rows"
          case .columnBlocks: "columns"
          }
        }
        if let strip = s.strip { order.insert("(strip \(text(strip)):", at: order.count - s.loopsOfUnit) }
        let sweep = s.sweep.map { ", sweep \($0)\(s.hasSweptUnits ? " a unit" : "")" } ?? ""
        let place = s.copiesSweeps ? "copied" : s.packedBlockStride == nil ? "in place" : "packed"
        let kind = s.matrixSteps.map { "matrix tile of \($0) steps," } ?? "tile"
        lines.append(
          "    \(kind) \(s.rows)x\(s.vectors)x\(s.lanes), order \(order.joined(separator: " "))\(s.strip == nil ? "" : ")"), \(place)\(sweep)"
        )
      }
    case .library(let p):
      let (left, right) = (names[p.left] + (p.transposeLeft ? "ᵀ" : ""), names[p.right] + (p.transposeRight ? "ᵀ" : ""))
      lines.append("  openblas \(names[p.output]) = \(left) · \(right) [\(p.batch) x \(p.rows) x \(p.columns) x \(p.inner)]")
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  static func text(_ axis: Axis) -> String { "i\(axis.id) < \(axis.extent)" }
  static func text(_ bounds: Bounds) -> String { "0 <= \(text(bounds.index)) < \(bounds.limit)" }
  static func text(_ store: Store, _ names: [String]) -> String { "\(names[store.buffer])[\(text(store.at, names))] = \(text(store.value, names))" }

  static func text(_ atom: Index.Atom, _ names: [String] = []) -> String {
    switch atom {
    case .axis(let axis): "i\(axis.id)"
    case .quotient(let index, let divisor): "(\(text(index, names)))/\(divisor)"
    case .remainder(let index, let divisor): "(\(text(index, names)))%\(divisor)"
    case .value(let scalar, _): text(scalar, names)
    }
  }

  static func text(_ index: Index, _ names: [String] = []) -> String {
    var parts = index.terms.map { $0.factor == 1 ? text($0.atom, names) : "\($0.factor)*\(text($0.atom, names))" }
    if index.constant != 0 || parts.isEmpty { parts.append("\(index.constant)") }
    return parts.joined(separator: " + ")
  }

  static func text(_ scalar: Scalar, _ names: [String]) -> String {
    func sub(_ scalar: Scalar) -> String { text(scalar, names) }
    switch scalar {
    case .constant(let value, let type): return type == .f32 ? "\(value)" : "\(type.rawValue)(\(value))"
    case .load(let buffer, let at, _): return "\(buffer < names.count ? names[buffer] : "%\(buffer)")[\(text(at, names))]"
    case .index(let index): return "i32(\(text(index, names)))"
    case .unary(let f, let x): return "\(f.rawValue)(\(sub(x)))"
    case .binary(let f, let x, let y): return "\(f.rawValue)(\(sub(x)), \(sub(y)))"
    case .compare(let r, let x, let y): return "\(r.rawValue)(\(sub(x)), \(sub(y)))"
    case .select(let c, let x, let y): return "select(\(sub(c)), \(sub(x)), \(sub(y)))"
    case .cast(let x, let type): return "\(type.rawValue)(\(sub(x)))"
    case .guarded(let bounds, let x, let otherwise): return "inside(\(bounds.map(text).joined(separator: ", ")), \(sub(x)), \(otherwise))"
    case .reduce(let c, let axes, let x): return "\(c.rawValue)(\(axes.map(text).joined(separator: ", ")): \(sub(x)))"
    case .random(let stream, let seed, let step, let element):
      return "philox(\(stream), \(sub(seed)), \(sub(step)), \(text(element, names)))"
    case .unitInterval(let x): return "unit_interval(\(sub(x)))"
    case .integer(let x, let bound): return "integer(\(sub(x)), below: \(bound))"
    case .pair(let x, let y): return "pair(\(sub(x)), \(sub(y)))"
    case .accumulator: return "sum"
    }
  }
}
