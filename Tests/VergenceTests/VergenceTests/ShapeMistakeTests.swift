import Support
import Testing
import Vergence

/// A mistake in a model is reported at the line of the model that makes it.
@Suite struct ShapeMistakeTests {
  struct Wrong: Model {
    @Option("which mistake") var which = ""

    func step(_ batch: Batch) throws -> TrainingStep {
      let views = try batch.views(2, size: 8, by: .none)
      var x = views
      switch which {
      case "product": x = try x.product(x)  // MARK: product
      case "kernel": x = try Convolution("conv", 4, kernel: 9)(x)  // MARK: kernel
      case "reshape": x = try x.reshaped([7])  // MARK: reshape
      case "axis": x = try x.mean(over: [5])  // MARK: axis
      case "twice": x = try Linear("a", 3)(Linear("a", 3)(x))  // MARK: twice
      case "channels": x = try Linear("none", 0)(x)  // MARK: channels
      case "own": throw mistake("this can't be")  // MARK: own
      case "add":
        let less = try x.mean(over: [1])  // MARK: add
        x = try x + less
      default: break
      }
      return TrainingStep(minimize: x, by: .adam(1e-3))  // MARK: loss
    }
  }

  @Test(arguments: [
    ("product", "'product' inner sizes differ"), ("kernel", "doesn't fit into images"), ("reshape", "can't give"), ("axis", "has no dimension 5"),
    ("twice", "the parameter 'a.weight' is declared twice"), ("channels", "extent below 1"), ("own", "this can't be"), ("add", "'add' "),
    ("loss", "the loss must be a single number"),
  ])
  func theModelsLineIsNamed(_ which: String, _ words: String) throws {
    let source = String(decoding: try readFile(#filePath), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(source.firstIndex { $0.hasSuffix("// MARK: \(which)") }) + 1
    let problem = #expect(throws: Diagnostic.self) { try Wrong.program(options: ["which": which], batch: 3, mode: .training) }
    #expect(problem?.message.contains(words) == true, "\(String(describing: problem))")
    #expect(problem?.position?.file == "ShapeMistakeTests.swift")
    #expect(problem?.position?.line == line, "\(String(describing: problem))")
  }

  @Test func aBatchOfNoneIsRefused() {
    #expect(throws: Diagnostic.self) { try Wrong.program(batch: 0, mode: .training) }
  }
}
