import Loops
import Passes
import Support
import Tensors

/// The kernels in the order they run in, with every storage's region settled: what the memory planner starts from.
struct StepOrder {
  private(set) var graph: KernelGraph
  /// Where storages live that are not in the arena.
  private(set) var regions: [Int: Region] = [:]
  /// The state tensors in the manifest's order, by name.
  private let stateNumbers: [String: Int]
  /// The number of invocations after which the loss is known, if there is one.
  private(set) var guardPoint: Int?

  /// A place outside the arena.
  enum Region: Hashable {
    case input(String)
    case state(Int)
    case output(Int)
  }

  /// Orders `graph`; `loss` is the output that must be finite before state is written.
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
    let lossStorage = loss.flatMap { name in graph.outputs.first { $0.name == name }?.storage.index }
    placeAssignments(after: lossStorage)
    if let lossStorage, let maker = self.graph.invocations.firstIndex(where: { $0.body.written.contains(lossStorage) }) { guardPoint = maker + 1 }
  }

  /// Gives each output a place of its own, by a copy where its value lives elsewhere already.
  private mutating func placeOutputs() {
    for (number, output) in graph.outputs.enumerated() {
      let isFree = regions[output.storage.index] == nil && !graph.assignments.contains { $0.storage == output.storage }
      let storage = isFree ? output.storage : copy(output.storage, label: "output \(output.name)")
      regions[storage.index] = .output(number)
    }
  }

  /// Lets what becomes a state's value be written into the state, where nobody reads the old value afterwards; copies it at the end elsewhere.
  ///
  /// No state is written before the loss is known, so that a step with a bad loss can be given up whole.
  private mutating func placeAssignments(after loss: Int?) {
    let lossMaker = loss.flatMap { loss in graph.invocations.firstIndex { $0.body.written.contains(loss) } } ?? -1
    var makers: [Int: Int] = [:]
    for (i, invocation) in graph.invocations.enumerated() {
      for storage in invocation.body.written { makers[storage] = i }
    }
    let reads = graph.invocations.map { Set($0.body.read) }
    var writers: [Int] = []
    var copies: [(StorageID, Int)] = []
    for assignment in graph.assignments {
      guard let number = stateNumbers[assignment.state] else { preconditionFailure("assigned state is in the manifest") }
      let storage = assignment.storage.index
      guard regions[storage] == nil, let maker = makers[storage],
        canWriteInPlace(maker, storage, state: number, lossMaker: lossMaker, reads)
      else {
        copies.append((assignment.storage, number))
        continue
      }
      regions[storage] = .state(number)
      if maker < lossMaker { writers.append(maker) }
    }
    let moved = writers.map { graph.invocations[$0] }
    for i in writers.sorted().reversed() { graph.invocations.remove(at: i) }
    graph.invocations += moved
    for (storage, number) in copies { regions[copy(storage, label: "assign").index] = .state(number) }
  }

  /// Whether invocation `maker` may write `storage` straight into the state.
  private func canWriteInPlace(_ maker: Int, _ storage: Int, state number: Int, lossMaker: Int, _ reads: [Set<Int>]) -> Bool {
    let states = regions.filter { $0.value == .state(number) }.keys
    // Two values can't go to one state, nor one of its storages be written while another is read.
    let isEarly = maker < lossMaker
    for (i, read) in reads.enumerated() where i != maker {
      if i > maker && !isEarly && !read.isDisjoint(with: states) { return false }
      // An early writer is moved to the end, so that nobody may wait for its result.
      if isEarly && read.contains(storage) { return false }
    }
    let body = graph.invocations[maker].body
    if isEarly && body.written.count > 1 { return false }
    return states.allSatisfy { !reads[maker].contains($0) || body.readsOnlyWhereItStores($0, storage) }
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
    if case .contraction(let contraction) = self, contraction.schedule?.sweep != nil { return false }
    return stores.allSatisfy { $0.loads.allSatisfy { $0.buffer != source || $0.at == store.at } }
  }
}
