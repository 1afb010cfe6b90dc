extension StepModel {
  /// The order of the invocations with the lowest peak among a few: as given, and by `greedyOrder` from either end.
  ///
  /// - Ensures: every invocation comes after its predecessors; the order as given wins a tie.
  /// - Complexity: O(n · invocations ready at once).
  var bestOrder: [Int] {
    let given = greedyOrder(Array(invocations.indices), isEager: false)
    let late = lateOrder(given)
    let candidates = [given, greedyOrder(given, isEager: true), late, greedyOrder(late, isEager: true)]
    let peaks = candidates.map { Timeline(self, $0)?.peak ?? .max }
    return candidates[peaks.indices.min { (peaks[$0], $0) < (peaks[$1], $1) } ?? 0]
  }

  /// What a result may take of the bytes that were read for it and still be thought of as freeing memory, since it lets its operands go: a sixteenth.
  private static let smallPart = 16

  /// Runs what is ready in the order of `preference`, but at once what leaves no more bytes live than before, or little beside what it reads, if `isEager`.
  ///
  /// So an update follows the gradient that it is the last to read, and a sum what it sums.
  private func greedyOrder(_ preference: [Int], isEager: Bool) -> [Int] {
    let ranks = preference.enumerated().reduce(into: [Int](repeating: 0, count: invocations.count)) { $0[$1.element] = $1.offset }
    var waiting = invocations.map(\.predecessors.count)
    var successors = [[Int]](repeating: [], count: invocations.count)
    var unread = [Int](repeating: 0, count: sizes.count)
    for (i, invocation) in invocations.enumerated() {
      for earlier in invocation.predecessors { successors[earlier].append(i) }
      for storage in invocation.reads { unread[storage] += 1 }
    }
    /// The bytes that stay live when invocation `i` has run, less those that it was the last to read.
    func growth(_ i: Int) -> Int {
      let made = invocations[i].writes.reduce(0) { $0 + (unread[$1] > 0 ? sizes[$1] : 0) }
      return made - invocations[i].reads.reduce(0) { $0 + (unread[$1] == 1 ? sizes[$1] : 0) }
    }
    func isWelcome(_ i: Int) -> Bool {
      let invocation = invocations[i]
      guard invocation.writes.reduce(0, { $0 + sizes[$1] }) <= invocation.reads.reduce(0, { $0 + sizes[$1] }) else { return false }
      return growth(i) <= invocation.reads.reduce(0) { $0 + sizes[$1] } / StepModel.smallPart
    }
    var ready = invocations.indices.filter { waiting[$0] == 0 }.sorted { ranks[$0] < ranks[$1] }
    var order: [Int] = []
    while !ready.isEmpty {
      let place = isEager ? ready.firstIndex { !invocations[$0].reads.isEmpty && isWelcome($0) } ?? 0 : 0
      let next = ready.remove(at: place)
      order.append(next)
      for storage in invocations[next].reads { unread[storage] -= 1 }
      for later in successors[next] {
        waiting[later] -= 1
        guard waiting[later] == 0 else { continue }
        ready.insert(later, at: ready.firstIndex { ranks[later] < ranks[$0] } ?? ready.count)
      }
    }
    precondition(order.count == invocations.count, "the step's invocations wait for each other")
    return order
  }

  /// Puts each invocation that reads nothing of the arena, such as a packing of weights, right before the first that needs it.
  private func lateOrder(_ given: [Int]) -> [Int] {
    var successors = [[Int]](repeating: [], count: invocations.count)
    for (i, invocation) in invocations.enumerated() { for earlier in invocation.predecessors { successors[earlier].append(i) } }
    var order: [Int] = []
    var isPlaced = [Bool](repeating: false, count: invocations.count)
    func place(_ i: Int) {
      guard !isPlaced[i] else { return }
      isPlaced[i] = true
      for earlier in invocations[i].predecessors { place(earlier) }
      order.append(i)
    }
    for i in given where !invocations[i].reads.isEmpty || successors[i].isEmpty { place(i) }
    for i in given { place(i) }
    return order
  }
}
