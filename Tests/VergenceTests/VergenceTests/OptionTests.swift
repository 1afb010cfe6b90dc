import Support
import Testing
import Vergence

/// Options are found on an instance, set from what is typed, and refuse what they can't be.
@Suite struct OptionTests {
  struct Sample: Model {
    @Option("channels", in: 1...8) var width = 4
    @Option("rate", in: 0...1) var learningRate = 0.5
    @Option("batch norm") var batchNorm = false
    @Option("what it is called") var title = "none"
    @Option("one of two", choices: [32, 64]) var size = 32
    @Option("epochs") var milestones = [250, 280]
    @Option("views") var views = Augmentation.cifar

    func step(_ batch: Batch) throws -> TrainingStep { throw mistake("not built here") }
  }

  @Test func namesAreSnakeCaseInTheSourcesOrder() {
    #expect(Sample().options.map(\.name) == ["width", "learning_rate", "batch_norm", "title", "size", "milestones", "views"])
  }

  @Test func descriptionsCarryHelpLimitsAndDefaults() {
    #expect(Sample().options[0].description == "width=4  channels (a whole number from 1 to 8)")
    #expect(Sample().options[4].description == "size=32  one of two (a whole number among 32, 64)")
  }

  @Test(arguments: [
    ("width", "8"), ("learning_rate", "0.25"), ("batch_norm", "true"), ("title", "a b"), ("size", "64"), ("milestones", "30, 45"), ("views", "stl10"),
  ])
  func whatIsTypedIsSet(_ name: String, _ text: String) throws {
    let sample = Sample()
    try sample.set([name: text])
    #expect(sample.options.first { $0.name == name }?.value == text)
  }

  @Test func truthValuesAreAlsoNumbers() throws {
    let sample = Sample()
    try sample.set(["batch_norm": "1"])
    #expect(sample.batchNorm)
  }

  @Test func instancesShareNothing() throws {
    let (one, other) = (Sample(), Sample())
    try one.set(["width": "7"])
    #expect(one.width == 7 && other.width == 4)
  }

  @Test(arguments: [
    ("width", "9", "the option 'width' takes a whole number from 1 to 8, and got '9'"),
    ("width", "four", "the option 'width' takes a whole number from 1 to 8, and got 'four'"),
    ("width", "99999999999999999999", "the option 'width' takes a whole number from 1 to 8, and got '99999999999999999999'"),
    ("learning_rate", "nan", "the option 'learning_rate' takes a number from 0 to 1, and got 'nan'"),
    ("batch_norm", "maybe", "the option 'batch_norm' takes true or false, and got 'maybe'"),
    ("size", "48", "the option 'size' takes a whole number among 32, 64, and got '48'"),
    ("milestones", "3,x", "the option 'milestones' takes a list, each a whole number, and got '3,x'"),
    ("wdith", "9", "the model 'Sample' has no option 'wdith'"),
  ])
  func mistakesAreRefused(_ name: String, _ text: String, _ message: String) {
    #expect(throws: Diagnostic.self) { try Sample().set([name: text]) }
    #expect { try Sample().set([name: text]) } throws: { ($0 as? Diagnostic)?.message == message }
  }

  @Test func aNearNameIsSuggested() {
    #expect { try Sample().set(["wdith": "3"]) } throws: { ($0 as? Diagnostic)?.hint == "did you mean 'width'?" }
  }
}
