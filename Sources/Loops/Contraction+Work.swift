extension Contraction {
  /// The multiplications and additions: two for each product that is summed, and none for what a window's or the output's edge leaves out.
  package var flops: Int {
    var axes = outer + [row, column] + reductions.map(\.axis)
    var conditions = exists + reductions.flatMap(\.inside)
    var products = 1
    // Conditions that share no axis are independent, such as those of rows and of columns: each group is counted alone.
    while let first = conditions.popLast() {
      var group = [first]
      var groupAxes = axes.filter { first.index.mentions($0) }
      while let next = conditions.firstIndex(where: { condition in groupAxes.contains { condition.index.mentions($0) } }) {
        let condition = conditions.remove(at: next)
        group.append(condition)
        groupAxes += axes.filter { condition.index.mentions($0) && !groupAxes.contains($0) }
      }
      axes.removeAll { groupAxes.contains($0) }
      products *= Contraction.count(group, over: groupAxes[...])
    }
    return (isPaired ? 4 : 2) * axes.reduce(products) { $0 * $1.extent }
  }

  /// The values of `axes` at which all of `conditions` hold.
  private static func count(_ conditions: [Bounds], over axes: ArraySlice<Axis>) -> Int {
    guard let axis = axes.first else { return conditions.allSatisfy(\.isCertain) ? 1 : 0 }
    return (0..<axis.extent).reduce(0) { sum, value in
      let fixed = conditions.map { Bounds($0.index.substituting { $0 == axis ? Index(value) : nil }, below: $0.limit) }
      return sum + count(fixed, over: axes.dropFirst())
    }
  }
}
