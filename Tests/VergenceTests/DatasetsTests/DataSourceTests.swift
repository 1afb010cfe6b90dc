import Datasets
import Support
import Testing

@Suite struct DataSourceTests {
  @Test func syntheticTakesOptions() throws {
    #expect(try DataSource(parsing: "synthetic") == .synthetic(SyntheticImages()))
    var wanted = SyntheticImages()
    (wanted.classes, wanted.train, wanted.test, wanted.size, wanted.seed) = (5, 100, 20, 24, 3)
    #expect(try DataSource(parsing: "synthetic:classes=5,train=100,test=20,size=24,seed=3") == .synthetic(wanted))
    let data = try DataSource(parsing: "synthetic:classes=5,train=100,test=20,size=24").load(size: 16)
    #expect(data.train.count == 100 && data.test.count == 20 && data.train.size == 16 && data.train.classes.count == 5)
  }

  @Test(arguments: [
    ("synthetic:clases=5", "classes"), ("synthetic:classes", "N from 2"), ("synthetic:classes=1", "N from 2"), ("synthetic:train=-4", "N from 1"),
    ("synthetic:train=99999999999999999999", "N from 1"), ("synthetic:colour=1", "it has classes"), ("syntetic", "did you mean 'synthetic'"),
    ("/no/such/folder", "'synthetic' is drawn"),
  ])
  func mistakesAreMended(argument: String, hint: String) {
    #expect { try DataSource(parsing: argument) } throws: { ($0 as? Diagnostic)?.hint?.contains(hint) == true }
  }

  @Test func filesThatAreNoArchivesAreNamed() throws {
    try ImageFiles.inFolder([("data.csv", [1, 2])]) { folder in
      #expect { try DataSource(parsing: "\(folder)/data.csv") } throws: { "\($0)".contains("data.csv") }
    }
  }

  @Test func moreThanMemoryIsRefused() throws {
    let source = try DataSource(parsing: "synthetic:train=100000000")
    #expect { try source.load(size: 512) } throws: { "\($0)".contains("GiB") }
    #expect(throws: Diagnostic.self) { try DataSource(parsing: "synthetic").load(size: 0) }
  }
}
