/// Returns `count` with what is counted: `1 batch`, `2 batches`.
///
/// - Parameter plural: the word for more than one, where it isn't `noun` with an s.
public func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String { "\(count) \(count == 1 ? noun : plural ?? noun + "s")" }
