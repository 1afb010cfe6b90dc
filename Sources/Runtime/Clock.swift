import Foundation

/// Returns a moment in nanoseconds since some fixed one, by a clock that is never set back.
func now() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
