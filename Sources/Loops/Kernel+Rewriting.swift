import Tensors

extension Kernel.Body {
  /// The stores, in order.
  package var stores: [Store] {
    get {
      switch self {
      case .loops(let nest): nest.stores
      case .contraction(let contraction): contraction.stores
      case .library: []
      }
    }
    set {
      switch self {
      case .loops(var nest):
        nest.stores = newValue
        self = .loops(nest)
      case .contraction(var contraction):
        contraction.stores = newValue
        self = .contraction(contraction)
      case .library: precondition(newValue.isEmpty, "a library call has no stores")
      }
    }
  }

  /// The buffers that are written, each once, in order of appearance.
  package var written: [Int] {
    if case .library(let product) = self { return [product.output] }
    var written: [Int] = []
    for store in stores where !written.contains(store.buffer) { written.append(store.buffer) }
    return written
  }

  /// The buffers that are operands of the contraction or the library call.
  package var factors: [Int] {
    switch self {
    case .loops: []
    case .contraction(let contraction): [contraction.left.buffer, contraction.right.buffer]
    case .library(let product): [product.left, product.right]
    }
  }

  /// The buffers that are read, each once, in order of appearance.
  package var read: [Int] {
    var read: [Int] = []
    func add(_ buffer: Int) { if !read.contains(buffer) { read.append(buffer) } }
    factors.forEach(add)
    for store in stores { store.visit { if case .load(let buffer, _, _) = $0 { add(buffer) } } }
    return read
  }

  /// The kernel with every scalar of its stores replaced by `transform` of it.
  package func mapValues(_ transform: (Scalar) -> Scalar) -> Kernel.Body {
    var body = self
    body.stores = stores.map { Store(buffer: $0.buffer, at: $0.at.mapValues(transform), value: transform($0.value)) }
    return body
  }

  /// The kernel with buffers called `number(old)`.
  package func renumbered(_ number: (Int) -> Int) -> Kernel.Body {
    var body = mapValues { $0.mapLoads { .load(buffer: number($0), at: $1, $2) } }
    body.stores = body.stores.map { Store(buffer: number($0.buffer), at: $0.at, value: $0.value) }
    switch body {
    case .loops: break
    case .contraction(var contraction):
      contraction.left.buffer = number(contraction.left.buffer)
      contraction.right.buffer = number(contraction.right.buffer)
      body = .contraction(contraction)
    case .library(var product):
      (product.left, product.right, product.output) = (number(product.left), number(product.right), number(product.output))
      body = .library(product)
    }
    return body
  }

  /// The same kernel with its axes numbered in order of appearance, so that kernels that compute the same are equal.
  package func canonical() -> Kernel.Body {
    var fresh: [Axis: Axis] = [:]
    func new(_ axis: Axis) -> Axis {
      if let known = fresh[axis] { return known }
      let axis2 = Axis(id: fresh.count, extent: axis.extent)
      fresh[axis] = axis2
      return axis2
    }
    // No index reads a value that is reduced on the way, so its scalars have no axes of their own.
    func index(_ i: Index) -> Index { i.substituting { Index(new($0)) } }
    func scalar(_ s: Scalar) -> Scalar {
      if case .reduce(let combination, let axes, let body) = s {
        let renamed = axes.map(new)
        return .reduce(combination, over: renamed, scalar(body))
      }
      return s.rebuilt(part: scalar, index: index)
    }
    func bounds(_ b: Bounds) -> Bounds { Bounds(index(b.index), below: b.limit) }
    func store(_ s: Store) -> Store { Store(buffer: s.buffer, at: index(s.at), value: scalar(s.value)) }
    switch self {
    case .loops(var nest):
      nest.axes = nest.axes.map(new)
      nest.stores = nest.stores.map(store)
      return .loops(nest)
    case .contraction(var c):
      c.outer = c.outer.map(new)
      c.part = c.part.map(new)
      c.row = new(c.row)
      c.column = new(c.column)
      c.reductions = c.reductions.map { Contraction.Reduction(new($0.axis), inside: $0.inside.map(bounds)) }
      c.left.at = index(c.left.at)
      c.right.at = index(c.right.at)
      c.exists = c.exists.map(bounds)
      c.output = index(c.output)
      if let strip = c.schedule?.strip { c.schedule?.strip = new(strip) }
      c.stores = c.stores.map(store)
      return .contraction(c)
    case .library: return self
    }
  }
}

extension Contraction {
  /// The contraction with `replacement(axis)` in every position in place of each axis that it returns an index for.
  ///
  /// What it is computed for and sums over stays as it is.
  package func substituting(_ replacement: (Axis) -> Index?) -> Contraction {
    func bounds(_ b: Bounds) -> Bounds { Bounds(b.index.substituting(replacement), below: b.limit) }
    var c = self
    c.left.at = left.at.substituting(replacement)
    c.right.at = right.at.substituting(replacement)
    c.reductions = reductions.map { Reduction($0.axis, inside: $0.inside.map(bounds)) }
    c.exists = exists.map(bounds)
    c.output = output.substituting(replacement)
    c.stores = stores.map { Store(buffer: $0.buffer, at: $0.at.substituting(replacement), value: $0.value.substituting(replacement)) }
    return c
  }
}

extension Store {
  /// Calls `body` with every scalar in the value and in the position.
  package func visit(_ body: (Scalar) -> Void) {
    value.visit(body)
    at.visit(axis: { _ in }, value: { $0.visit(body) })
  }

  /// The loads in the value, with the conditions that each is under.
  package var conditionalLoads: [(buffer: Int, at: Index, inside: [Bounds])] {
    var loads: [(buffer: Int, at: Index, inside: [Bounds])] = []
    func collect(_ scalar: Scalar, under bounds: [Bounds]) {
      switch scalar {
      case .load(let buffer, let at, _): loads.append((buffer, at, bounds))
      case .guarded(let inside, let body, _): collect(body, under: bounds + inside)
      default: scalar.forEach(part: { collect($0, under: bounds) })
      }
      scalar.forEach(index: { $0.visit(axis: { _ in }, value: { collect($0, under: bounds) }) })
    }
    collect(value, under: [])
    return loads
  }

  /// The loads in the value and in the position.
  package var loads: [(buffer: Int, at: Index, type: ElementType)] {
    var loads: [(buffer: Int, at: Index, type: ElementType)] = []
    visit { if case .load(let buffer, let at, let type) = $0 { loads.append((buffer, at, type)) } }
    return loads
  }
}
