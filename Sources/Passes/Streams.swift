import Loops
import Tensors

extension KernelPass {
  /// Finds tables too large to keep that products make row by row, and puts those who use them beside them: a *stream*.
  ///
  /// All readers of the table must be able to follow its rows (`ChunkRule`), and large tables that they make alike are part of the stream while that holds for them.
  /// - Ensures: the invocations of a stream stand one after another; none of them waits for one outside that waits for another of them.
  package static let streams = KernelPass("streams") { graph, _ in
    var i = 0
    var next = 0
    while i < graph.invocations.count {
      i =
        graph.formStream(next, at: i).map { last in
          next += 1
          return last
        } ?? i + 1
    }
  }
}

extension KernelGraph {
  /// Makes invocation `i` and those that follow its rows stream `number`; returns the position after it, or `nil` when there is no such stream.
  fileprivate mutating func formStream(_ number: Int, at i: Int) -> Int? {
    guard case .contraction(let contraction) = invocations[i].body, contraction.role == .product, invocations[i].stream == nil,
      contraction.stores.count == 1, case let table = contraction.stores[0].buffer, isLarge(table), contraction.row.extent > Chunks.grain
    else { return nil }
    let readers = readers()
    var demoted: Set<Int> = []
    while true {
      switch followers(of: table, madeBy: i, rows: contraction.row.extent, readers, except: demoted) {
      case .failure(let failed):
        if failed.tables.isEmpty || failed.tables.contains(table) { return nil }
        demoted.formUnion(failed.tables)
      case .success(let members):
        guard members.count > 1, let last = members.last else { return nil }
        return gather(members, i...last, as: number)
      }
    }
  }

  /// Tables that somebody can't follow.
  private struct Unfollowed: Error { let tables: Set<Int> }

  /// The invocations that read `table`, and other large tables made of it but those of `demoted`, row by row.
  private func followers(
    of table: Int, madeBy maker: Int, rows: Int, _ readers: [Int: [Int]], except demoted: Set<Int>
  ) -> Result<[Int], Unfollowed> {
    var rule = ChunkRule(rows: rows)
    var supply = axes
    guard !kept.contains(table), rule.take(invocations[maker].body, storages: storages, &supply) != nil else {
      return .failure(Unfollowed(tables: [table]))
    }
    var members = [maker]
    var tables: Set<Int> = [table]
    // What is only complete after the stream.
    var late: Set<Int> = []
    for j in invocations.indices where j > maker {
      let (body, read) = (invocations[j].body, invocations[j].read)
      let followed = tables.intersection(read)
      guard !followed.isEmpty else {
        if read.contains(where: { late.contains($0) || rule.made.keys.contains($0) }) { late.formUnion(body.written) }
        continue
      }
      guard invocations[j].stream == nil, late.isDisjoint(with: read), rule.take(body, storages: storages, &supply) != nil else {
        return .failure(Unfollowed(tables: followed))
      }
      members.append(j)
      guard case .loops = body else { continue }
      for written in body.written where isLarge(written) && !kept.contains(written) && !demoted.contains(written) { tables.insert(written) }
    }
    return .success(members)
  }

  /// Moves `members`, which lie in `range`, together behind those of the rest that don't wait for them; returns the position after them.
  private mutating func gather(_ members: [Int], _ range: ClosedRange<Int>, as number: Int) -> Int {
    var made: Set<Int> = []
    var (before, together, after): ([Invocation], [Invocation], [Invocation]) = ([], [], [])
    for j in range {
      var invocation = invocations[j]
      if members.contains(j) {
        invocation.stream = number
        together.append(invocation)
        made.formUnion(invocation.body.written)
      } else if made.isDisjoint(with: invocation.read) {
        before.append(invocation)
      } else {
        after.append(invocation)
        made.formUnion(invocation.body.written)
      }
    }
    invocations.replaceSubrange(range, with: before + together + after)
    return range.lowerBound + before.count + together.count
  }

  private func isLarge(_ storage: Int) -> Bool { storages[storage].type.byteCount > Chunks.bytes }
}
