import Compiler
import Graph
import LLVM
import Operations
import Passes
import PlanFile
import Support

/// A file of `spec/checks`: a program, the stage of the compiler it is shown at, and what the stage must print of it.
///
/// Its first lines are `// stage: NAME` and, where they matter, `// target: FEATURES` and `// precision: bf16`; machines with AVX-512 and single precision are the rule.
struct StageCheck {
  /// Where a program is looked at.
  enum Stage: String {
    /// As it was read.
    case graph
    /// The step's graph after the passes over graphs.
    case training
    /// The kernels after theirs.
    case kernels
    /// The schedule, with the region of every buffer.
    case plan
    /// The kernels' LLVM IR.
    case llvm
  }

  let stage: Stage
  let program: Program
  private(set) var options: CompilerOptions

  /// Reads the check in `text`, which errors call `file`.
  init(_ text: String, file: String) throws {
    guard let stage = StageCheck.header("stage", in: text).flatMap(Stage.init) else { throw Diagnostic("'\(file)' names no stage") }
    self.stage = stage
    program = try Program(parsing: text, file: file, operations: Catalogue.names)
    let features = StageCheck.header("target", in: text) ?? "avx512f"
    let names = features.split(separator: ",").map(String.init)
    options = CompilerOptions(target: TargetMachine(triple: TargetMachine.host().triple, features: names))
    options.caches = .standard
    if let name = StageCheck.header("precision", in: text) {
      guard let precision = Precision(rawValue: name) else { throw Diagnostic("'\(file)' names no precision") }
      options.precision = precision
    }
  }

  /// What stands after `// name: ` in the comment lines that begin `text`.
  private static func header(_ name: String, in text: String) -> String? {
    let lines = text.split(separator: "\n").prefix { $0.hasPrefix("//") }
    return lines.first { $0.hasPrefix("// \(name): ") }.map { String($0.dropFirst("// \(name): ".count)) }
  }

  /// What the stage prints.
  func output() throws -> String {
    if stage == .graph { return program.text() }
    var compiler = Compiler(options)
    let purpose: Compiler.Purpose = program.training == nil ? .inference(outputs: nil) : .training
    guard stage != .plan && stage != .llvm else {
      guard let plan = try compiler.compile(program, for: purpose) else { throw Diagnostic("the compiler stopped") }
      return stage == .llvm ? plan.llvm : plan.regionsText
    }
    guard let graph = try compiler.optimizedGraph(of: program, for: purpose) else { throw Diagnostic("the compiler stopped") }
    if stage == .training { return graph.text() }
    guard let kernels = try compiler.kernelGraph(of: graph) else { throw Diagnostic("the compiler stopped") }
    return kernels.text()
  }
}

extension Plan {
  /// The invocations in order, each with the regions that it reads and writes, and the guard between them.
  fileprivate var regionsText: String {
    var lines: [String] = []
    for (number, step) in schedule.steps.enumerated() {
      if let point = schedule.guardPoint, point.steps == number { lines.append("guard \(manifest.outputs[point.output].name)") }
      let written = step.written.map { region(step.buffers[$0]) }
      let read = step.buffers.indices.filter { !step.written.contains($0) }.map { region(step.buffers[$0]) }
      lines.append("\(step.label): \(read.joined(separator: ", ")) -> \(written.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func region(_ place: Schedule.Place) -> String {
    switch place.region {
    case .arena: "arena"
    case .state: "@\(manifest.state[place.position].name)"
    case .input: "%\(manifest.inputs[place.position].name)"
    case .output: "output \(manifest.outputs[place.position].name)"
    }
  }
}
