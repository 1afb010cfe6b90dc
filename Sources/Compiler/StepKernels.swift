import Loops
import Passes
import Support

/// The kernels of a step that differ, and which of them each invocation is.
struct StepKernels: Sendable {
  private(set) var kernels: [Kernel] = []
  /// The number of each invocation's kernel.
  private(set) var numbers: [Int] = []

  /// The kernels of `graph`, in the order of their first invocations.
  init(_ graph: KernelGraph) {
    var known: [Kernel: Int] = [:]
    for kernel in concurrentMap(graph.invocations, { graph.localized($0).kernel }) {
      let number = known[kernel] ?? kernels.count
      if known.updateValue(number, forKey: kernel) == nil { kernels.append(kernel) }
      numbers.append(number)
    }
  }
}
