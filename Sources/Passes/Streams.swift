import Loops
import Tensors

extension KernelPass {
  /// Finds tables too large to keep that products make row by row, or windows of images block by block, and puts those who use them beside them: a *stream*.
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
    guard let stream = stream(from: i) else { return nil }
    let makers = makers
    var sources = [i]
    var demoted: Set<Int> = []
    while true {
      switch followers(of: sources, stream, except: demoted) {
      case .failure(let failed):
        if failed.tables.isEmpty || !failed.tables.isDisjoint(with: invocations[i].body.written) { return nil }
        demoted.formUnion(failed.tables)
        sources.removeAll { !demoted.isDisjoint(with: invocations[$0].body.written) }
      case .success(let members):
        // What a member reads beside may be made along, if it is a table like the first.
        let others = Set(members.flatMap { invocations[$0].read }).subtracting(demoted).compactMap { makers[$0] }
        if let other = others.filter({ !members.contains($0) && self.stream(from: $0) == stream }).min() {
          sources.append(other)
          continue
        }
        guard members.count > 1, let first = members.first, let last = members.last else { return nil }
        streams[number] = stream
        return gather(members, first...last, as: number)
      }
    }
  }

  /// The stream that invocation `i` can begin, not yet cut: with the rows or the blocks of a product's table, or with blocks of windows; `nil` when it makes no large table.
  private func stream(from i: Int) -> Stream? {
    guard invocations[i].stream == nil, invocations[i].body.written.count == 1, isLarge(invocations[i].body.written[0]) else { return nil }
    switch invocations[i].body {
    case .contraction(let contraction) where contraction.role == .product && contraction.rowGroups > 0:
      return Stream(rows: contraction.outer[0].extent, grain: 1)
    case .contraction(let contraction) where contraction.role == .product && contraction.row.extent > Chunks.grain:
      return Stream(rows: contraction.row.extent, grain: Chunks.grain)
    case .loops(let nest) where nest.stores.count > 1:
      return nest.axes.first.map { Stream(rows: $0.extent, grain: 1) }
    default: return nil
    }
  }

  /// Tables that somebody can't follow.
  private struct Unfollowed: Error { let tables: Set<Int> }

  /// The invocations `sources`, and those that read their tables, and other large tables made of these but those of `demoted`, row by row;
  /// of others that can follow the rows, those whose results one of these reads.
  private func followers(of sources: [Int], _ stream: Stream, except demoted: Set<Int>) -> Result<[Int], Unfollowed> {
    var rule = ChunkRule(stream)
    var supply = axes
    var members: Set<Int> = []
    var tables: Set<Int> = []
    // Who makes what could be made in the stream, if it is needed there.
    var between: [Int: Int] = [:]
    // What is only complete after the stream.
    var late: Set<Int> = []
    func include(_ j: Int) {
      guard members.insert(j).inserted else { return }
      for read in invocations[j].read { between[read].map(include) }
    }
    for j in invocations.indices where j >= sources.min() ?? 0 {
      let (body, read) = (invocations[j].body, invocations[j].read)
      let followed = sources.contains(j) ? Set(body.written) : tables.intersection(read)
      let isFree = invocations[j].stream == nil && late.isDisjoint(with: read)
      guard !followed.isEmpty else {
        guard read.contains(where: { late.contains($0) || rule.made.keys.contains($0) }) else { continue }
        if isFree, kept.isDisjoint(with: body.written), case .loops = body, rule.take(body, storages: storages, &supply) != nil {
          for written in body.written { between[written] = j }
        } else {
          late.formUnion(body.written)
        }
        continue
      }
      guard isFree, !sources.contains(j) || kept.isDisjoint(with: followed), rule.take(body, storages: storages, &supply) != nil else {
        return .failure(Unfollowed(tables: followed))
      }
      include(j)
      for written in body.written where sources.contains(j) || isLarge(written) && !kept.contains(written) && !demoted.contains(written) {
        if case _?? = rule.made[written] { tables.insert(written) }
      }
    }
    return .success(members.sorted())
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
