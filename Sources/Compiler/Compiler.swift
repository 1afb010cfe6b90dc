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
  /// What was given up for a memory budget.
  private var concessions: Set<Concession> = []
  /// Where `--print-after` goes.
  private let print: (String) -> Void

  package init(_ options: CompilerOptions, print: @escaping (String) -> Void = { _ in }) {
    self.options = options
    self.print = print
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
      (report.wasKept, report.warnings) = (true, kept.warnings)
      (report.timings, report.seconds) = (stopwatch.timings, stopwatch.elapsed)
      return kept.plan
    }
    guard let plan = try smallEnoughPlan(for: program, purpose) else { return nil }
    (report.timings, report.seconds) = (stopwatch.timings, stopwatch.elapsed)
    try cache?.keep(plan, report.warnings)
    return plan
  }

  /// What is given up, one after another, where a memory budget leaves no room for it.
  private enum Concession: Hashable, CaseIterable {
    /// That passes of a convolution share windows: each makes its own, and what shared ones keep alive is freed.
    case sharedWindows
    /// That long sums have parts, whose results take memory.
    case partsOfSums
    /// Convolutions by transformed windows at all.
    case windows

    /// What the user should know of it: bits change, or time is lost.
    var warning: String? {
      switch self {
      case .sharedWindows: nil
      case .partsOfSums: "gradients to weights are summed whole: with parts, the step doesn't fit the memory budget"
      case .windows: "convolutions are direct: with transformed windows, the step doesn't fit the memory budget"
      }
    }
  }

  /// The plan, without as much as has to be given up for the memory budget.
  private mutating func smallEnoughPlan(for program: Program, _ purpose: Purpose) throws -> Plan? {
    while true {
      guard let graph = try optimizedGraph(of: program, for: purpose) else { return nil }
      guard let kernels = try kernelGraph(of: graph) else { return nil }
      let hasWindows = graph.nodes.contains { $0.operation is WindowProduct }
      let next = Concession.allCases.first { concession in
        switch concession {
        case _ where concessions.contains(concession): false
        case .sharedWindows: hasWindows
        case .partsOfSums: kernels.hasParts
        case .windows: hasWindows && convolutionRoute == .auto
        }
      }
      do {
        return try plan(of: kernels, graph: graph, program: program, purpose: purpose, effort: next == nil ? .full : .direct)
      } catch let refusal as BudgetRefusal {
        guard let next else { throw refusal.diagnostic(hasWindows: hasWindows) }
        concessions.insert(next)
        if let warning = next.warning { report.warnings.append(Diagnostic(warning)) }
      }
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
    for pass in GraphPass.pipeline(convolutions: convolutionRoute, windowsAreApart: concessions.contains(.sharedWindows)) {
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
      caches: options.caches, sumsHaveParts: !concessions.contains(.partsOfSums))
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

  /// How convolutions are made: directly once their windows are given up, and in bf16, whose digits are too few for sums of differences.
  private var convolutionRoute: ConvolutionRoute {
    concessions.contains(.windows) || options.precision == .bf16 ? .direct : options.convolutions
  }

  private var vectorTarget: VectorTarget { options.vectorTarget }

  private mutating func plan(of kernelGraph: KernelGraph, graph: Graph, program: Program, purpose: Purpose, effort: StepPlan.Effort) throws -> Plan {
    let state = stateTensors(of: graph)
    let numbers = Dictionary(uniqueKeysWithValues: state.enumerated().map { ($1.name, $0) })
    let loss = program.training?.loss
    let regions = stopwatch.time("regions") {
      StepRegions(kernelGraph, stateNumbers: numbers, loss: kernelGraph.assignments.isEmpty ? nil : loss)
    }
    let kernels = stopwatch.time("kernels") { StepKernels(regions.graph) }
    let (code, plan) = try compiled(kernels, besidePlanning: regions, effort)
    let (order, arena) = (plan.order, plan.arena)
    report.memory = MemoryReport(order, arena)
    report.warnings += warnings(order, kernels)
    let inputs = graph.nodes.compactMap { ($0.operation as? Input).map { Manifest.Tensor(name: $0.name, type: $0.type) } }
    let schedule = stopwatch.time("scheduling") { self.schedule(order, arena, kernels, code, inputs: inputs.map(\.name), loss: loss) }
    let described = Dictionary(schedule.kernels.map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
    report.kernels = zip(code.modules, code.parts).flatMap { module, part in
      module.kernels.compactMap { described[$0.symbol] }.map {
        // A family is compiled at once: its time is all members' in equal parts.
        CompilerReport.CompiledKernel(
          symbol: $0.symbol, route: $0.route, pass: $0.role, seconds: part.seconds / Double(module.kernels.count), cached: part.wasCached)
      }
    }
    let manifest = Manifest(
      name: program.graph.name, hyperparameters: program.hyperparameters, options: options.record(purpose),
      triple: options.target.triple, features: options.target.features.sorted(), tuning: options.target.tuning, inputs: inputs,
      outputs: kernelGraph.outputs.map { Manifest.Tensor(name: $0.name, type: $0.type) }, state: state, arenaBytes: arena.bytes,
      lowerBoundBytes: arena.lowerBound)
    let (text, programText) = stopwatch.time("text") { [vectorTarget] in
      concurrently {
        ModuleWriter.text(code.modules, target: vectorTarget)
      } _: {
        program.text(positions: true)
      }
    }
    return Plan(manifest: manifest, schedule: schedule, program: programText, llvm: text, objects: code.parts.map(\.object))
  }

  /// The machine code of `kernels`, and the step's order and memory, which one processor plans while others compile.
  ///
  /// Where there is a budget, the step is planned first: if it is refused, other kernels are tried.
  private func compiled(_ kernels: StepKernels, besidePlanning regions: StepRegions, _ effort: StepPlan.Effort) throws -> (MachineCode, StepPlan) {
    let (options, stopwatch) = (options, stopwatch)
    if options.memoryBudget != nil {
      let plan = try StepPlan(regions, budget: options.memoryBudget, effort, stopwatch)
      return (try MachineCode(kernels.kernels, options, stopwatch), plan)
    }
    let (code, plan) = concurrently {
      Result { try MachineCode(kernels.kernels, options, stopwatch) }
    } _: {
      Result { try StepPlan(regions, budget: nil, effort, stopwatch) }
    }
    return (try code.get(), try plan.get())
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

  /// The invocations with every buffer's place.
  private func schedule(
    _ order: StepOrder, _ arena: ArenaPlan, _ kernels: StepKernels, _ code: MachineCode, inputs: [String], loss: String?
  ) -> Schedule {
    var schedule = Schedule(kernels: zip(kernels.kernels, code.symbols).map(Schedule.CompiledKernel.init), steps: [])
    var last: Int?
    for (invocation, original) in zip(order.graph.invocations, order.originals) {
      let number = kernels.numbers[original]
      let kernel = kernels.kernels[number]
      let label = invocation.label + (invocation.position.map { " at \($0)" } ?? "")
      let places = invocation.storages.map { place(of: StorageID(index: $0), order, arena, inputs) }
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
    return schedule
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
  private func warnings(_ order: StepOrder, _ kernels: StepKernels) -> [Diagnostic] {
    // A line's operation may have several: one for each turn of a loop, and others for the gradient.
    struct Place: Hashable {
      let label: String
      let position: SourcePosition?
    }
    var (places, bytes): ([Place], [Place: Int]) = ([], [:])
    let areSlow = kernels.kernels.map(\.isSlow)
    for (invocation, original) in zip(order.graph.invocations, order.originals) where areSlow[kernels.numbers[original]] {
      let written = invocation.body.written.reduce(0) { $0 + order.graph.storages[$1].type.byteCount }
      guard written >= 1 << 20, invocation.label != "pack" else { continue }
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
  /// What a plan says of `kernel`, whose function is called `symbol`, if it has one.
  fileprivate init(_ kernel: Kernel, symbol: String?) {
    var (flops, role, library): (Int, String, Schedule.LibraryCall?) = (0, "", nil)
    switch kernel.body {
    case .loops: break
    case .contraction(let contraction): (flops, role) = (contraction.flops, contraction.role.rawValue)
    case .library(let p):
      (flops, role) = (2 * p.batch * p.rows * p.columns * p.inner, Contraction.Role.product.rawValue)
      library = Schedule.LibraryCall(
        batch: p.batch, rows: p.rows, columns: p.columns, inner: p.inner, transposeLeft: p.transposeLeft, transposeRight: p.transposeRight)
    }
    let units = library?.units ?? ModuleWriter.units(of: kernel)
    self.init(
      symbol: symbol ?? "", units: units, slice: kernel.slice(of: units), route: kernel.route, flops: flops, role: role, library: library)
  }
}

extension Kernel {
  /// About how long two threads take for a slice, at least: taking one costs a word that comes from another core.
  private static let nanosecondsOfSlice = 5000.0

  /// The units of a slice of all `units`, which threads take one after another; `nil` where one thread's units are better done at once, or are too few.
  fileprivate func slice(of units: Int) -> Int? {
    guard let whole = unitsOfCall else { return nil }
    let ofUnit = body.estimatedNanoseconds { buffers[$0].byteCount } / Double(units)
    let calls = max(1, Int((Self.nanosecondsOfSlice / (ofUnit * Double(whole))).rounded(.up)))
    return whole * calls <= units / 2 ? whole * calls : nil
  }
}
