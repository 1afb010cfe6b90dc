/// Returns the position in 0..<`count` that `position` is the reflection of; the border itself is not repeated: −1 is 1.
///
/// - Requires: `position` is less than one image away.
package func reflected(_ position: Int, in count: Int) -> Int {
  precondition(position > -count && position < 2 * count - 1, "one reflection is enough")
  return position < 0 ? -position : position >= count ? 2 * (count - 1) - position : position
}
