import Loops
import Tensors

/// Turns kernels into the text of one LLVM module.
package enum ModuleWriter {
  /// The module in which each kernel is the function `void name(ptr buffers, i64 begin, i64 end)`.
  ///
  /// It is a function of its arguments alone: the same kernels give the same text. Library products have no function and are left out.
  package static func text(_ kernels: [(name: String, kernel: Kernel)], target: VectorTarget) -> String {
    var declarations = Set(MathLibrary.declarations(lanes: target.lanes))
    var functions: [String] = []
    for (name, kernel) in kernels {
      let function: FunctionWriter
      switch kernel.body {
      case .loops(let nest): function = nest.emit(buffers: kernel.buffers, target: target)
      case .contraction(let contraction):
        function = ContractionEmitter(contraction, types: kernel.buffers, hasBF16Products: target.hasBF16Products).emit()
      case .library: continue
      }
      declarations.formUnion(function.declarations)
      functions.append(function.text(name: name))
    }
    let attributes = ["attributes #0 = { nounwind }", "attributes #1 = { alwaysinline nounwind readnone }"]
    return ([MathLibrary.text(lanes: target.lanes)] + functions + declarations.sorted() + attributes).joined(separator: "\n\n") + "\n"
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
