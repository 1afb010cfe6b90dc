import Hashing
import Loops
import Support

/// A kernel's function as LLVM IR text, under a name that follows from what it does.
package struct KernelCode: Sendable {
  /// The function's name; the same text has the same name in every module.
  package let symbol: String
  /// The SHA-256 of the function's blocks.
  package let digest: String
  /// The function.
  let text: String
  /// Its blocks, with their numbers apart.
  let numbered: NumberedText
  /// What the module must declare for it.
  let declarations: Set<String>
  /// The functions of `MathLibrary` that it calls.
  let mathFunctions: Set<UnaryFunction>

  /// Writes `kernel` for `target`: the function `void symbol(ptr buffers, i64 begin, i64 end)`; `nil` for a library's product, which has no function.
  package init?(_ kernel: Kernel, target: VectorTarget) {
    let function: FunctionWriter
    switch kernel.body {
    case .loops(let nest): function = nest.emit(buffers: kernel.buffers, target: target)
    case .contraction(let contraction):
      function = ContractionEmitter(contraction, types: kernel.buffers, hasBF16Products: target.hasBF16Products).emit()
    case .library: return nil
    }
    let body = function.text
    digest = SHA256.hexadecimal(of: body.utf8)
    symbol = "kernel_" + digest.prefix(16)
    text = KernelCode.function(symbol, body)
    numbered = NumberedText(body)
    declarations = function.declarations
    mathFunctions = function.mathFunctions
  }

  /// The function `name` of a kernel's arguments, and of those that it is `taking` beside, each after a comma.
  static func function(_ name: some StringProtocol, taking arguments: String = "", _ body: String) -> String {
    "define void @\(name)(ptr %buffers, i64 %begin, i64 %end\(arguments)) #0 {\n\(body)\n}"
  }
}
