import Loops
import Tensors

/// Turns kernels into the text of one LLVM module.
package enum ModuleWriter {
  private static let attributes = ["attributes #0 = { nounwind }", "attributes #1 = { alwaysinline nounwind readnone }"]

  /// The text of one module, `module`.
  package static func text(_ module: KernelModule, target: VectorTarget) -> String { text([module], calls: module.calls, target: target) }

  /// The text of `modules` as one, which call only each other.
  ///
  /// It is a function of its arguments alone: the same kernels give the same text.
  package static func text(_ modules: [KernelModule], target: VectorTarget) -> String { text(modules, calls: [], target: target) }

  private static func text(_ modules: [KernelModule], calls: [String], target: VectorTarget) -> String {
    let kernels = modules.flatMap(\.kernels)
    let functions = kernels.reduce(into: Set<UnaryFunction>()) { $0.formUnion($1.mathFunctions) }
    let library = MathLibrary.text(of: functions, lanes: target.lanes)
    let own = functions.isEmpty ? [] : MathLibrary.declarations(lanes: target.lanes)
    let declarations = kernels.reduce(into: Set(own)) { $0.formUnion($1.declarations) }
    let parts = library + modules.map(\.text) + declarations.sorted() + calls + attributes
    var text = ""
    text.reserveCapacity(parts.reduce(0) { $0 + $1.utf8.count + 2 })
    for part in parts {
      if !text.isEmpty { text += "\n\n" }
      text += part
    }
    text += "\n"
    return text
  }

  /// What modules for `target` may have beside their kernels, in text.
  package static func frame(target: VectorTarget) -> String {
    (MathLibrary.text(of: Set(UnaryFunction.allCases), lanes: target.lanes) + attributes).joined(separator: "\n")
  }

  /// The number of units of work of `kernel`: any partition of them computes the same bits.
  package static func units(of kernel: Kernel) -> Int {
    switch kernel.body {
    case .loops(let nest): nest.units
    case .contraction(let contraction): ContractionEmitter(contraction, types: kernel.buffers).units
    case .library(let product): product.batch
    }
  }
}
