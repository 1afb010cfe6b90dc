import Autodiff
import Codegen
import Foundation
import Graph
import LLVM
import Loops
import Operations
import Passes
import PlanFile
import Support
import Tensors

/// The driver: all stages in order, from a program to a plan.
package struct Compiler {
  package let options: CompilerOptions
  /// What was noticed so far.
  package private(set) var report = CompilerReport()
  private let stopwatch = Stopwatch()
  /// How convolutions are made; direct once it turned out that a memory budget leaves no room for windows.
  private var convolutionRoute: ConvolutionRoute
  /// Whether each pass of a convolution makes its own windows; so once it turned out that a memory budget leaves no room for what shared ones keep alive.
  private var windowsAreApart = false
  /// Whether long sums have parts; not so once it turned out that a memory budget leaves no room for the parts' results.
  private var sumsHaveParts = true
  /// Where `--print-after` goes.
  private let print: (String) -> Void

  package init(_ options: CompilerOptions, print: @escaping (String) -> Void = { _ in }) {
    self.options = options
    self.print = print
    // Sums of differences need more digits than bf16 has.
    convolutionRoute = options.precision == .bf16 ? .direct : options.convolutions
  }

  /// What is made of a program.
  package enum Purpose: Hashable, Sendable {
    /// A whole training step: gradients, optimiser and all outputs.
    case training
    /// The named outputs, without any update; all of them for `nil`.
    case inference(outputs: [String]?)
    /// The graph as it stands, assignments included: a step that was written out, or printed by `dump`.
    case asWritten
  }

  /// Compiles `program` to a plan, or to nothing when the options stop it before.
  ///
  /// - Errors: what the program computes can't be differentiated, or a pass that the options name doesn't exist.
  package mutating func compile(_ program: Program, for purpose: Purpose) throws -> Plan? {
    try checkPassNames()
    let cache = PlanCache(of: program, purpose, options)
    if let cache, let kept = stopwatch.time("cache", { cache.kept }) {
      (report.wasKept, report.warnings, report.timings) = (true, kept.warnings, stopwatch.timings)
      return kept.plan
    }
    guard let plan = try smallEnoughPlan(for: program, purpose) else { return nil }
    try cache?.keep(plan, report.warnings)
    report.timings = stopwatch.timings
    return plan
  }

  /// The plan, with windows apart where it else takes more memory than there may be, without parts of sums where that doesn't help, and at last with direct convolutions.
  private mutating func smallEnoughPlan(for program: Program, _ purpose: Purpose) throws -> Plan? {
    while true {
      guard let graph = try optimizedGraph(of: program, for: purpose) else { return nil }
      guard let kernels = try kernelGraph(of: graph) else { return nil }
      do {
        return try plan(of: kernels, graph: graph, program: program, purpose: purpose)
      } catch let refusal as BudgetRefusal {
        let hasWindows = graph.nodes.contains { $0.operation is WindowProduct }
        if hasWindows && !windowsAreApart {
          windowsAreApart = true
        } else if sumsHaveParts && kernels.hasParts {
          sumsHaveParts = false
          report.warnings.append(Diagnostic("gradients to weights are summed whole: with parts, the step doesn't fit the memory budget"))
        } else if hasWindows && convolutionRoute == .auto {
          convolutionRoute = .direct
          report.warnings.append(Diagnostic("convolutions are direct: with transformed windows, the step doesn't fit the memory budget"))
        } else {
          throw refusal.diagnostic(hasWindows: hasWindows)
        }
      }
    }
  }

  /// Nothing fits the memory budget.
  private struct BudgetRefusal: Error {
    let budget: Int
    /// The fewest bytes that were reached.
    let least: Int

    func diagnostic(hasWindows: Bool) -> Diagnostic {
      var refusal = Diagnostic(
        "the step's intermediates don't fit into \(budget) bytes: with everything made again that helps, they take \(least)",
        hint: "a smaller batch takes less\(hasWindows ? ", as does '--convolutions direct'" : ""), or give '--memory-budget \(least)'")
      refusal.figures["least_memory_budget"] = least
      return refusal
    }
  }

  /// The step's graph before any pass.
  package mutating func stepGraph(of program: Program, for purpose: Purpose) throws -> Graph {
    switch purpose {
    case .training: try stopwatch.time("differentiation") { try trainingGraph(from: program, exposingGradients: options.exposesGradients) }
    case .inference(let outputs): try inferenceGraph(from: program.graph, outputs: outputs ?? program.graph.outputs.map(\.name))
    case .asWritten: program.graph
    }
  }

  /// The step's graph after the graph passes; `nil` when the options stop there.
  package mutating func optimizedGraph(of program: Program, for purpose: Purpose) throws -> Graph? {
    var graph = try stepGraph(of: program, for: purpose)
    try graph.requireCompilable()
    for pass in GraphPass.pipeline(convolutions: convolutionRoute, windowsAreApart: windowsAreApart) {
      try stopwatch.time(pass.name) {
        try pass.run(&graph)
        try graph.verify()
      }
      if prints(after: pass.name) { print("// after \(pass.name)\n" + graph.text()) }
      if options.stopAfter == pass.name { return nil }
    }
    return graph
  }

  /// The kernels after the kernel passes; `nil` when the options stop there.
  package mutating func kernelGraph(of graph: Graph) throws -> KernelGraph? {
    var kernels = try stopwatch.time(Compiler.lowering) { try KernelGraph(lowering: graph) }
    if prints(after: Compiler.lowering) { print("// after \(Compiler.lowering)\n" + kernels.text()) }
    if options.stopAfter == Compiler.lowering { return nil }
    let kernelOptions = KernelOptions(
      target: vectorTarget, usesLibraryProducts: options.products == .blas, precision: options.precision, tiles: options.tiles,
      caches: options.caches,
      sumsHaveParts: sumsHaveParts)
    for pass in KernelPass.pipeline {
      stopwatch.time(pass.name) { pass.run(&kernels, kernelOptions) }
      if prints(after: pass.name) { print("// after \(pass.name)\n" + kernels.text()) }
      if options.stopAfter == pass.name { return nil }
    }
    return kernels
  }

  /// The names of all passes in the order of their first run.
  package static var passNames: [String] {
    (GraphPass.pipeline(convolutions: .auto).map(\.name) + [lowering] + KernelPass.pipeline.map(\.name)).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }

  private static let lowering = "lowering"
  private var vectorTarget: VectorTarget { options.vectorTarget }

  private mutating func plan(of kernels: KernelGraph, graph: Graph, program: Program, purpose: Purpose) throws -> Plan {
    let state = stateTensors(of: graph)
    let numbers = Dictionary(uniqueKeysWithValues: state.enumerated().map { ($1.name, $0) })
    let loss = program.training?.loss
    let regions = stopwatch.time("regions") { StepRegions(kernels, stateNumbers: numbers, loss: kernels.assignments.isEmpty ? nil : loss) }
    let model = StepModel(regions)
    let ordering = stopwatch.time("ordering") { model.bestOrder }
    let (order, arena) = try stopwatch.time("planning") { try plan(regions, Recomputation(model, order: ordering)) }
    report.memory = MemoryReport(order, arena)
    let inputs = graph.nodes.compactMap { ($0.operation as? Input).map { Manifest.Tensor(name: $0.name, type: $0.type) } }
    var (schedule, unique) = stopwatch.time("scheduling") { self.schedule(order, arena, inputs: inputs.map(\.name), loss: loss) }
    report.warnings += warnings(order.graph)
    let coded = unique.indices.filter { schedule.kernels[$0].library == nil }
    let written = stopwatch.time("code") { MachineCode.write(coded.map { unique[$0] }, for: vectorTarget) }
    // Kernels may differ in what nothing comes of, such as the names of two buffers that are never apart.
    var code: [KernelCode] = []
    var seen: Set<String> = []
    for (i, own) in zip(coded, written) {
      schedule.kernels[i].symbol = own.symbol
      if seen.insert(own.symbol).inserted { code.append(own) }
    }
    let machineCode = try stopwatch.time("llvm") { try MachineCode(code, for: options.target, vectorTarget, cache: options.cache) }
    let described = Dictionary(schedule.kernels.map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
    report.kernels = zip(code, machineCode.parts).compactMap { code, part in
      described[code.symbol].map {
        CompilerReport.CompiledKernel(symbol: $0.symbol, route: $0.route, pass: $0.role, seconds: part.seconds, cached: part.wasCached)
      }
    }
    let manifest = Manifest(
      name: program.graph.name, hyperparameters: program.hyperparameters, options: options.record(purpose),
      triple: options.target.triple, features: options.target.features.sorted(), tuning: options.target.tuning, inputs: inputs,
      outputs: kernels.outputs.map { Manifest.Tensor(name: $0.name, type: $0.type) }, state: state, arenaBytes: arena.bytes,
      lowerBoundBytes: arena.lowerBound)
    let (text, programText) = stopwatch.time("text") { [code, vectorTarget] in
      concurrently {
        ModuleWriter.text(code, target: vectorTarget)
      } _: {
        program.text(positions: true)
      }
    }
    return Plan(manifest: manifest, schedule: schedule, program: programText, llvm: text, objects: machineCode.parts.map(\.object))
  }

  /// The step with what is made again, and its memory: within the budget, or with what costs next to nothing made again where there is none.
  ///
  /// - Errors: the budget can't be met.
  private func plan(_ regions: StepRegions, _ recomputation: Recomputation) throws -> (StepOrder, ArenaPlan) {
    func planned(_ choice: Recomputation.Choice) -> (StepOrder, ArenaPlan) {
      let order = StepOrder(regions, choice.timeline)
      return (order, ArenaPlan(order))
    }
    let standard = planned(recomputation.standard)
    guard let budget = options.memoryBudget, standard.1.bytes > budget else { return standard }
    // The packer may need a little more than what is live.
    var level = budget
    for _ in 0..<3 {
      let direct = planned(recomputation.choice(for: level))
      if direct.1.bytes <= budget { return direct }
      guard direct.1.lowerBound <= level else { break }
      level -= direct.1.bytes - budget
    }
    let rungs = recomputation.ladder.map { ($0.timeline.nanoseconds, planned($0)) }
    if let fitting = rungs.filter({ $0.1.1.bytes <= budget }).min(by: { $0.0 < $1.0 }) { return fitting.1 }
    let least = rungs.map(\.1.1.bytes).min() ?? standard.1.bytes
    throw BudgetRefusal(budget: budget, least: least)
  }

  /// The state that the graph reads or assigns, in order of appearance.
  private func stateTensors(of graph: Graph) -> [Manifest.StateTensor] {
    graph.nodes.compactMap { node in
      switch node.operation {
      case let parameter as Parameter:
        Manifest.StateTensor(name: parameter.name, type: parameter.type, initial: parameter.initial, isTrainable: true)
      case let state as State: Manifest.StateTensor(name: state.name, type: state.type, initial: state.initial, isTrainable: false)
      default: nil
      }
    }
  }

  /// The invocations with every buffer's place, and the kernels that differ.
  private func schedule(
    _ order: StepOrder, _ arena: ArenaPlan, inputs: [String], loss: String?
  ) -> (Schedule, [Kernel]) {
    var known: [Kernel: Int] = [:]
    var unique: [Kernel] = []
    var schedule = Schedule(kernels: [], steps: [])
    var last: Int?
    let invocations = order.graph.invocations
    let localized = concurrentMap(invocations) { order.graph.localized($0) }
    for (invocation, (kernel, storages)) in zip(invocations, localized) {
      let number = known[kernel] ?? unique.count
      if known.updateValue(number, forKey: kernel) == nil {
        unique.append(kernel)
        schedule.kernels.append(Schedule.CompiledKernel(kernel))
      }
      let label = invocation.label + (invocation.position.map { " at \($0)" } ?? "")
      let places = storages.map { place(of: $0, order, arena, inputs) }
      var chunk: Int?
      if let stream = invocation.stream, let cut = order.graph.streams[stream], let chunking = invocation.chunking {
        switch chunking {
        case .rows(let rowsAtOnce): chunk = kernel.units(ofRows: cut.rowsAtOnce, rowsAtOnce: rowsAtOnce)
        case .groups: chunk = kernel.unitsOfGroup * cut.rowsAtOnce
        case .sums: chunk = kernel.unitsOfSweep
        }
        if stream != last { schedule.streams.append(Schedule.Stream(first: schedule.steps.count, count: 0, chunks: cut.chunks)) }
        schedule.streams[schedule.streams.count - 1].count += 1
      }
      last = invocation.stream
      schedule.steps.append(Schedule.Invocation(kernel: number, label: label, buffers: places, written: kernel.body.written, chunk: chunk))
    }
    if let steps = order.guardPoint, let output = order.graph.outputs.firstIndex(where: { $0.name == loss }) {
      schedule.guardPoint = Schedule.GuardPoint(steps: steps, output: output)
    }
    return (schedule, unique)
  }

  private func place(of storage: StorageID, _ order: StepOrder, _ arena: ArenaPlan, _ inputs: [String]) -> Schedule.Place {
    let (type, bytes) = (order.graph[storage].type, order.graph[storage].byteCount)
    let (region, position): (Schedule.Place.Region, Int)
    switch order.regions[storage.index] {
    case .input(let name): (region, position) = (.input, inputs.firstIndex(of: name) ?? 0)
    case .state(let number): (region, position) = (.state, number)
    case .output(let number): (region, position) = (.output, number)
    case nil: (region, position) = (.arena, arena.offsets[storage.index] ?? 0)
    }
    return Schedule.Place(
      region: region, position: position, bytes: bytes, element: type.element, advance: order.graph[storage].window == nil ? nil : bytes)
  }

  /// Kernels off the fast path that touch much memory, once for each operation of a line, with the bytes of all its kernels.
  private func warnings(_ graph: KernelGraph) -> [Diagnostic] {
    // A line's operation may have several: one for each turn of a loop, and others for the gradient.
    struct Place: Hashable {
      let label: String
      let position: SourcePosition?
    }
    var (places, bytes): ([Place], [Place: Int]) = ([], [:])
    for invocation in graph.invocations {
      let written = invocation.body.written.reduce(0) { $0 + graph.storages[$1].type.byteCount }
      guard written >= 1 << 20, invocation.label != "pack", graph.localized(invocation).kernel.isSlow else { continue }
      let place = Place(label: invocation.label, position: invocation.position)
      if bytes[place] == nil { places.append(place) }
      bytes[place, default: 0] += written
    }
    return places.map { place in
      Diagnostic(
        "'\(place.label)' has no fast kernel: its elements are gathered one by one (\((bytes[place] ?? 0) >> 20) MiB)", at: place.position)
    }
  }

  private func prints(after pass: String) -> Bool { options.printAfter.contains(pass) || options.printAfter.contains("all") }

  private func checkPassNames() throws {
    for name in options.printAfter.union(options.stopAfter.map { [$0] } ?? []) where name != "all" && !Compiler.passNames.contains(name) {
      throw Diagnostic(
        "no pass is called '\(name)'",
        hint: nearest(to: name, in: Compiler.passNames).map { "did you mean '\($0)'?" } ?? "there are \(Compiler.passNames.joined(separator: ", "))")
    }
  }
}

extension Schedule.CompiledKernel {
  /// What a plan says of `kernel`, before it has a function.
  fileprivate init(_ kernel: Kernel) {
    var (flops, role, library): (Int, String, Schedule.LibraryCall?) = (0, "", nil)
    switch kernel.body {
    case .loops: break
    case .contraction(let contraction): (flops, role) = (contraction.flops, contraction.role.rawValue)
    case .library(let p):
      (flops, role) = (2 * p.batch * p.rows * p.columns * p.inner, Contraction.Role.product.rawValue)
      library = Schedule.LibraryCall(
        batch: p.batch, rows: p.rows, columns: p.columns, inner: p.inner, transposeLeft: p.transposeLeft, transposeRight: p.transposeRight)
    }
    self.init(
      symbol: "", units: library?.units ?? ModuleWriter.units(of: kernel), route: kernel.route, flops: flops, role: role,
      library: library)
  }
}
