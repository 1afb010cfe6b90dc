import Dispatch
import Synchronization

/// Returns `transform` of each of `elements`, on all processors: each thread takes the next one when it is done with one.
package func concurrentMap<Element: Sendable, Value: Sendable>(_ elements: [Element], _ transform: @Sendable (Element) -> Value) -> [Value] {
  concurrentMap(elements, with: {}) { element, _ in transform(element) }
}

/// The same, with a tool that each thread makes for itself by `makeTool`, and uses again for all elements that it takes.
package func concurrentMap<Element: Sendable, Value: Sendable, Tool: ~Copyable>(
  _ elements: [Element], with makeTool: @Sendable () -> Tool, _ transform: @Sendable (Element, borrowing Tool) -> Value
) -> [Value] {
  let values = Mutex([Value?](repeating: nil, count: elements.count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(elements.count, 64)) { _ in
    var i = next.add(1, ordering: .relaxed).oldValue
    guard i < elements.count else { return }
    let tool = makeTool()
    while i < elements.count {
      let value = transform(elements[i], tool)
      values.withLock { $0[i] = value }
      i = next.add(1, ordering: .relaxed).oldValue
    }
  }
  return values.withLock { $0.compactMap(\.self) }
}

/// Returns what `first` and `second` do, which run at once where there are processors for both; `second` on a thread of its own, so that `first` may use all.
package func concurrently<First, Second: Sendable>(_ first: () -> First, _ second: @escaping @Sendable () -> Second) -> (First, Second) {
  let other = Mutex<Second?>(nil)
  let group = DispatchGroup()
  DispatchQueue.global().async(group: group) {
    let result = second()
    other.withLock { $0 = result }
  }
  let one = first()
  group.wait()
  guard let other = other.withLock(\.self) else { preconditionFailure("both have run") }
  return (one, other)
}
