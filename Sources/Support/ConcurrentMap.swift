import Dispatch
import Synchronization

/// Returns `transform` of each of `elements`, on all processors: each thread takes the next one when it is done with one.
package func concurrentMap<Element: Sendable, Value: Sendable>(_ elements: [Element], _ transform: @Sendable (Element) -> Value) -> [Value] {
  let values = Mutex([Value?](repeating: nil, count: elements.count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(elements.count, 64)) { _ in
    while true {
      let i = next.add(1, ordering: .relaxed).oldValue
      guard i < elements.count else { return }
      let value = transform(elements[i])
      values.withLock { $0[i] = value }
    }
  }
  return values.withLock { $0.compactMap(\.self) }
}
