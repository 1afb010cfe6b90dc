/// What a verb tells the shell when it ends.
package enum ExitCode: Int32, Sendable {
  /// The work is done, and every check held.
  case done = 0
  /// The work is done, and a check failed.
  case failed = 1
  /// The usage or the input was wrong; nothing was done.
  case misused = 2
}
