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

/// Returns what `first` and `second` do, which run at once where there are processors for both.
package func concurrently<First: Sendable, Second: Sendable>(_ first: @Sendable () -> First, _ second: @Sendable () -> Second) -> (First, Second) {
  let results = Mutex<(First?, Second?)>((nil, nil))
  DispatchQueue.concurrentPerform(iterations: 2) { number in
    if number == 0 {
      let result = first()
      results.withLock { $0.0 = result }
    } else {
      let result = second()
      results.withLock { $0.1 = result }
    }
  }
  guard case (let one?, let other?) = results.withLock(\.self) else { preconditionFailure("both have run") }
  return (one, other)
}
