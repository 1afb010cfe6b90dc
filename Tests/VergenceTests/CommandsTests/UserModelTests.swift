import Commands
import Foundation
import Graph
import Support
import Tensors
import Testing
import Vergence

/// A user's own model: found in its source, compiled by the machine's compiler, run apart, and its mistakes told at its lines.
@Suite(.serialized) struct UserModelTests {
  static let source = """
    import Foundation
    import Vergence

    struct Tiny: Model {
      @Option("width of the embedding", in: 1...64) var width = 4
      @Option("how to go wrong") var wrong = "no"

      func step(_ batch: Batch) throws -> TrainingStep {
        if wrong == "trap" { fatalError("the model trapped") }
        if wrong == "exit" { exit(3) }
        if wrong == "index" { print([1][width]) }
        let views = try batch.views(2, size: 8, by: .none)
        let pixels = try views.reshaped([2, batch.count, wrong == "shape" ? 7 : 192])
        let embeddings = try Linear("encoder", width)(pixels)
        let agreement = try InfoNCE(clip: 20, penalty: 0)(embeddings, embeddings)
        return TrainingStep(minimize: agreement.loss, features: embeddings, by: .adam(1e-3))
      }
    }
    """

  /// The library that this test was built with, or `nil`, with a loud line, where a user's model can't be compiled.
  static var isAble: Bool {
    do {
      _ = try BuiltLibrary.besideExecutable()
    } catch {
      print("SKIPPED: \(error)")
      return false
    }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let hasCompiler = folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/swiftc") }
    if !hasCompiler { print("SKIPPED: no swiftc in PATH") }
    return hasCompiler
  }

  /// A folder that is removed after `body`.
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vergence-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func write(_ source: String, to path: String) throws -> String {
    try writeAtomically(Data(source.utf8), to: path)
    return path
  }

  @Test(.enabled(if: UserModelTests.isAble)) func aModelOfOnesOwnIsCompiledAndRun() throws {
    try inFolder { folder in
      let path = try write(Self.source, to: folder + "/Tiny.swift")
      let cache = ModelCache(folder: folder + "/cache")
      let model = try UserModel.compile(path, cache: cache)
      #expect(try model.options().map(\.description).first == "width=4  width of the embedding (a whole number from 1 to 64)")

      let program = try model.program(options: ["width": "6"], batch: 3, mode: .training)
      #expect(program.hyperparameters["width"] == "6" && program.training?.loss == "loss")
      let features = try #require(program.graph.output(named: "features_global"))
      #expect(program.graph.type(of: features).description == "f32[2, 3, 6]")
      #expect(program.graph.nodes.contains { $0.position?.file == "Tiny.swift" && $0.position?.line == 14 })

      let shape = #expect(throws: Diagnostic.self) { try model.program(options: ["wrong": "shape"], batch: 3, mode: .training) }
      #expect(shape?.position?.file == path && shape?.position?.line == 13, "\(String(describing: shape))")
      #expect(shape?.excerpt?.contains("views.reshaped") == true)

      let name = #expect(throws: Diagnostic.self) { try model.program(options: ["wdth": "6"], batch: 3, mode: .training) }
      #expect(name?.hint == "did you mean 'width'?")

      let trap = #expect(throws: Diagnostic.self) { try model.program(options: ["wrong": "trap"], batch: 3, mode: .training) }
      #expect(trap?.message == "the model '\(path)' crashed: Fatal error: the model trapped" && trap?.hint != nil)
      #expect(trap?.position?.file == path && trap?.position?.line == 9, "\(String(describing: trap))")
      // The runtime's message names a line of its own library; the place is the model's.
      let index = #expect(throws: Diagnostic.self) { try model.program(options: ["wrong": "index"], batch: 3, mode: .training) }
      #expect(index?.message == "the model '\(path)' crashed: Fatal error: Index out of range")
      #expect(index?.position?.line == 11, "\(String(describing: index))")
      let exit = #expect(throws: Diagnostic.self) { try model.program(options: ["wrong": "exit"], batch: 3, mode: .training) }
      #expect(exit?.message.contains("ended with exit code 3") == true && exit?.hint != nil)

      // The second time nothing is compiled: the program is the one that stands in the cache.
      let before = try FileManager.default.contentsOfDirectory(atPath: folder + "/cache")
      _ = try UserModel.compile(path, cache: cache, report: { _ in Issue.record("the compiler ran again") })
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/cache") == before)
    }
  }

  @Test(.enabled(if: UserModelTests.isAble)) func theCompilersErrorsPassThrough() throws {
    try inFolder { folder in
      let path = try write(
        "import Vergence\nstruct Bad: Model { func step(_ batch: Batch) throws -> TrainingStep { nonsense } }\n", to: folder + "/Bad.swift")
      var said = ""
      #expect(throws: Diagnostic.self) { try UserModel.compile(path, cache: ModelCache(folder: folder + "/cache")) { said += $0 } }
      #expect(said.contains("Bad.swift:2:") && said.contains("cannot find 'nonsense' in scope"), "\(said)")
    }
  }

  @Test(arguments: [
    ("struct A: Vergence.Model {}", "A"), ("// struct B: Model {}\nfinal class C: Sendable, Model {\n}", "C"),
    ("/* struct D: Model { */ public struct E : Model\n{ }\nstruct Modeller: ModelLike {}", "E"),
  ])
  func theModelsTypeIsFound(_ source: String, _ name: String) throws {
    #expect(try UserModel.modelName(in: source, path: "A.swift") == name)
  }

  @Test func noModelAndSeveralAreMistakes() {
    let none = #expect(throws: Diagnostic.self) { try UserModel.modelName(in: "struct A {}", path: "A.swift") }
    #expect(none?.message == "no model is declared in 'A.swift'")
    let several = #expect(throws: Diagnostic.self) { try UserModel.modelName(in: "struct A: Model {} struct B: Model {}", path: "A.swift") }
    #expect(several?.message == "'A.swift' declares several models: A, B")
  }

  @Test func namesAreResolved() throws {
    #expect(try ModelSource.resolve("pair").options().map(\.name) == ["embedding", "learning_rate"])
    let typo = #expect(throws: Diagnostic.self) { try ModelSource.resolve("amdmi") }
    #expect(typo?.hint == "did you mean 'amdim'?")
    #expect(throws: Diagnostic.self) { try ModelSource.resolve("/nowhere/Model.swift") }
    #expect(throws: Diagnostic.self) { try ModelSource.resolve("/nowhere/graph.vir") }
  }

  @Test func aTextualProgramIsTakenAsItIs() throws {
    try inFolder { folder in
      let program = try ModelSource.resolve("pair").program(batch: 3)
      let source = try ModelSource.resolve(try write(program.text(), to: folder + "/pair.vir"))
      #expect(try source.program(batch: 3).text() == program.text())
      #expect(throws: Diagnostic.self) { try source.program(options: ["embedding": "3"], batch: 3) }
      #expect(throws: Diagnostic.self) { try source.program(batch: 3, mode: .inference) }
    }
  }
}
