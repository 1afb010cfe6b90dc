import Compiler
import Graph
import LLVM
import Operations
import Tensors
import Testing

/// The last law of the catalogue: compiled kernels compute what the evaluator says, on every kind of machine and by every route.
@Suite struct CompiledKernelLaw {
  /// Roundings of single precision in sums of a few hundred numbers.
  static let tolerance = 2e-6

  @Test(arguments: CatalogueEntry.withExamples) func kernelsAgreeWithTheEvaluator(entry: CatalogueEntry) throws {
    try check(entry, CompilerOptions())
  }

  @Test(arguments: CatalogueEntry.withExamples) func kernelsWithoutAVX512Agree(entry: CatalogueEntry) throws {
    try check(entry, CompilerOptions(target: try TargetMachine(parsing: "avx2,fma")))
  }

  @Test(arguments: CatalogueEntry.withExamples) func productsOfTheLibraryAgree(entry: CatalogueEntry) throws {
    var options = CompilerOptions()
    options.products = .blas
    try check(entry, options)
  }

  private func check(_ entry: CatalogueEntry, _ options: CompilerOptions) throws {
    for (number, example) in entry.operation.examples.enumerated() {
      let (graph, _, _) = try exampleGraph(example)
      let operands = ExampleOperands().tensors(for: example)
      let inputs = Dictionary(uniqueKeysWithValues: operands.enumerated().map { ("operand\($0)", $1) })
      var environment = EvaluationEnvironment(inputs: inputs)
      let expected = try Evaluator.run(graph, in: &environment)
      let actual = try CompiledGraph(graph, options: options).run(inputs)
      for (name, tensor) in expected {
        try expectClose(actual[name], tensor, tolerance: Self.tolerance, "\(entry) example \(number) \(name)")
      }
    }
  }
}
