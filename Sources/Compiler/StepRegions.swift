import Loops
import Passes
import Support
import Tensors

/// The step with every storage's region settled, and what must run before what: all that limits the order.
struct StepRegions {
  private(set) var graph: KernelGraph
  /// Where storages live that are not in the arena.
  private(set) var regions: [Int: Region] = [:]
  /// For each invocation, those that must have run before: they make what it reads, or read the state that it writes, or make the loss.
  private(set) var predecessors: [[Int]] = []
  /// The invocation that makes the output that must be finite before state is written, if there is one.
  private(set) var lossMaker: Int?
  /// The state tensors in the manifest's order, by name.
  private let stateNumbers: [String: Int]

  /// A place outside the arena.
  enum Region: Hashable {
    case input(String)
    case state(Int)
    case output(Int)
  }

  /// Settles the regions of `graph`; `loss` is the output that must be finite before state is written.
  init(_ graph: KernelGraph, stateNumbers: [String: Int], loss: String?) {
    self.graph = graph
    self.stateNumbers = stateNumbers
    for (i, storage) in graph.storages.enumerated() {
      switch storage.origin {
      case .input(let name): regions[i] = .input(name)
      case .state(let name): regions[i] = stateNumbers[name].map(Region.state)
      case .intermediate: break
      }
    }
    placeOutputs()
    let assignments = detachedAssignments()
    let makers = self.graph.makers
    predecessors = self.graph.invocations.map { invocation in invocation.read.compactMap { makers[$0] } }
    lossMaker = loss.flatMap { name in graph.outputs.first { $0.name == name } }.flatMap { makers[$0.storage.index] }
    placeAssignments(assignments, makers)
  }

  /// Gives each output a place of its own, by a copy where its value lives elsewhere already.
  private mutating func placeOutputs() {
    for (number, output) in graph.outputs.enumerated() {
      let isFree = regions[output.storage.index] == nil && !graph.assignments.contains { $0.storage == output.storage }
      let storage = isFree ? output.storage : copy(output.storage, label: "output \(output.name)")
      regions[storage.index] = .output(number)
    }
  }

  /// The assignments by the state's number; what is the old value of assigned state is copied first, so that two tensors can change places.
  private mutating func detachedAssignments() -> [(storage: StorageID, state: Int)] {
    let assigned = Set(graph.assignments.compactMap { stateNumbers[$0.state] })
    return graph.assignments.map { assignment in
      guard let number = stateNumbers[assignment.state] else { preconditionFailure("assigned state is in the manifest") }
      guard case .state(let source) = regions[assignment.storage.index], assigned.contains(source) else { return (assignment.storage, number) }
      return (copy(assignment.storage, label: "assign"), number)
    }
  }

  /// Lets what becomes a state's value be written into the state, where nobody need read the old value afterwards; copies it elsewhere.
  ///
  /// No state is written before the loss is known, so that a step with a bad loss can be given up whole.
  private mutating func placeAssignments(_ assignments: [(storage: StorageID, state: Int)], _ makers: [Int: Int]) {
    let readers = graph.readers()
    var holders: [Int: [Int]] = [:]
    for (storage, region) in regions { if case .state(let number) = region { holders[number, default: []].append(storage) } }
    for (storage, number) in assignments {
      let old = (holders[number] ?? []).sorted()
      let users = old.flatMap { readers[$0] ?? [] } + (lossMaker.map { [$0] } ?? [])
      var writer = makers[storage.index]
      let target: Int
      if regions[storage.index] == nil, let maker = writer, canWrite(storage.index, over: old, maker, after: users) {
        target = storage.index
      } else {
        target = copy(storage, label: "assign").index
        predecessors.append([writer].compactMap(\.self))
        writer = graph.invocations.count - 1
      }
      regions[target] = .state(number)
      guard let writer else { preconditionFailure("somebody writes the state") }
      predecessors[writer] += users.filter { $0 != writer }
    }
  }

  /// Whether invocation `maker` may write `storage` into the memory of `old` when all of `users` have run.
  private func canWrite(_ storage: Int, over old: [Int], _ maker: Int, after users: [Int]) -> Bool {
    let body = graph.invocations[maker].body
    if maker == lossMaker { return false }
    guard old.allSatisfy({ !body.read.contains($0) || body.readsOnlyWhereItStores($0, storage) }) else { return false }
    // None of them may need what it makes.
    var open = users.filter { $0 != maker }
    var isSeen = [Bool](repeating: false, count: predecessors.count)
    for user in open { isSeen[user] = true }
    while let next = open.popLast() {
      if next == maker { return false }
      for earlier in predecessors[next] where !isSeen[earlier] {
        isSeen[earlier] = true
        open.append(earlier)
      }
    }
    return true
  }

  /// Appends a kernel that copies `storage`, and returns the copy.
  private mutating func copy(_ storage: StorageID, label: String) -> StorageID {
    let type = graph[storage].type
    let target = graph.makeStorage(type)
    let axis = graph.axes(type.count)
    let nest = LoopNest(
      axes: type.count == 1 ? [] : [axis],
      stores: [Store(buffer: target.index, at: Index(axis), value: .load(buffer: storage.index, at: Index(axis), type.element))])
    graph.invocations.append(KernelGraph.Invocation(body: .loops(nest), label: label, position: nil))
    return target
  }
}

extension Kernel.Body {
  /// Whether every element of `source` is read only by the iteration that stores the same position of `target`, so that both may be one memory.
  func readsOnlyWhereItStores(_ source: Int, _ target: Int) -> Bool {
    guard !factors.contains(source), let store = stores.first(where: { $0.buffer == target }) else { return false }
    if case .contraction(let contraction) = self, contraction.schedule?.sweep != nil || contraction.isRowSum(store) { return false }
    return stores.allSatisfy { $0.loads.allSatisfy { $0.buffer != source || $0.at == store.at } }
  }
}
