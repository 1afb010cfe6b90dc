import Graph
import LLVM
import Passes
import Support
import Training

/// What was given beside `--resume` that the run began otherwise with.
///
/// The number of epochs and of threads may change, for no step depends on them; so may the place of the images, which are compared themselves.
struct RunDifferences {
  /// Each as `batch 100 (given 64)`.
  private var found: [String] = []

  /// Compares what `arguments` say with the run in `folder`.
  init(_ folder: RunFolder, _ arguments: ParsedArguments, note: (String) -> Void) throws {
    let configuration = folder.configuration
    func compare<Value: Equatable>(_ name: String, _ began: Value, _ given: Value?) {
      if let given, given != began { found.append("\(name) \(began) (given \(given))") }
    }
    compare("seed", Int(configuration.seed), arguments.integer(ifGiven: "seed"))
    compare("precision", configuration.precision, arguments.text(ifGiven: "precision"))
    compare("products", configuration.products, arguments.text(ifGiven: "products"))
    compare("convolutions", configuration.convolutions ?? ConvolutionRoute.direct.rawValue, arguments.text(ifGiven: "convolutions"))
    compare("caches", configuration.caches ?? CacheSizes.host().text, try arguments.caches?.text)
    let tiles = arguments.settings("tile").map { "\($0.key)=\($0.value)" }.sorted()
    compare("tiles", configuration.tiles?.joined(separator: " ") ?? "unset", tiles.isEmpty ? nil : tiles.joined(separator: " "))
    if let given = try arguments.target?.features, given != configuration.features.map(Set.init) ?? TargetMachine.host().features {
      let began = configuration.features?.joined(separator: ",") ?? "all of the machine's"
      found.append("target-features \(began) (given \(given.sorted().joined(separator: ",")))")
    }
    compare("batch", configuration.batch, arguments.integer(ifGiven: "batch"))
    for (name, value) in arguments.settings("set").sorted(by: { $0.key < $1.key }) {
      compare(name, configuration.options[name] ?? "unset", value)
    }
    guard found.isEmpty, let name = arguments.text(ifGiven: "MODEL") else { return }
    // Another model may not have the run's options.
    let options = name == configuration.model ? configuration.options : [:]
    let given = try GivenModel(name, arguments, standard: (options, configuration.batch), note: note)
    if given.program.graph.name != folder.program.graph.name {
      compare("model", configuration.model, name)
    } else if given.program.text() != folder.program.text() {
      let (began, now) = (folder.program.hyperparameters, given.program.hyperparameters)
      for option in Set(began.keys).union(now.keys).sorted() { compare(option, began[option] ?? "unset", now[option] ?? "unset") }
      if found.isEmpty { found.append("a model '\(configuration.model)' that computes something else") }
    }
  }

  /// - Errors: there are differences; the message says which.
  func check() throws {
    guard !found.isEmpty else { return }
    throw Diagnostic(
      "the run began with \(found.joined(separator: ", "))", hint: "leave out what differs to go on with it, or begin a new run with --out")
  }
}
