import Loops

extension KernelGraph {
  /// The kernels in order, as `dump --stage kernels` shows them.
  package func text() -> String {
    let names = storages.enumerated().map { i, storage in
      switch storage.origin {
      case .input(let name): "%\(name)"
      case .state(let name): "@\(name)"
      case .intermediate: "%\(i)"
      }
    }
    var lines = invocations.enumerated().map { i, invocation in
      let (kernel, storages) = localized(invocation)
      let place = invocation.position.map { " at \($0)" } ?? ""
      let stream = invocation.stream.flatMap { number in
        streams[number].map {
          "// stream \(number): \(invocation.chunking == .sums ? "sums over" : "follows") \($0.rowsAtOnce) of \($0.rows) rows at a time\n"
        }
      }
      return "// \(invocation.label)\(place)\n" + (stream ?? "") + Printer.text(kernel, name: "\(i)", buffers: storages.map { names[$0.index] })
    }
    lines += outputs.map { "return \($0.name) = \(names[$0.storage.index])" }
    lines += assignments.map { "assign @\($0.state) = \(names[$0.storage.index])" }
    return lines.joined(separator: "\n") + "\n"
  }
}
