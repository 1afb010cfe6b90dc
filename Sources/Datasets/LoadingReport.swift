/// What a reader has to say of the data that it read.
package struct LoadingReport: Hashable, Sendable {
  /// An image that was skipped.
  package struct Skipped: Hashable, Sendable {
    /// Its path, as the folder or the archive has it.
    package let path: String
    /// Why, as the end of a sentence that the path begins.
    package let reason: String
  }

  /// The images that were skipped, sorted by path.
  package var skipped: [Skipped] = []
  /// What was decided that the user did not ask for.
  package var notes: [String] = []
  /// How long reading took.
  package var time = Duration.zero

  /// The report for people, a line each: the notes, the first ten images that were skipped, and how many there were.
  package var lines: [String] {
    var lines = notes
    lines += skipped.prefix(10).map { "skipped: '\($0.path)' \($0.reason)" }
    if skipped.count > 10 { lines.append("skipped: and \(skipped.count - 10) more") }
    if !skipped.isEmpty { lines.append("\(skipped.count) broken \(skipped.count == 1 ? "image was" : "images were") skipped") }
    return lines
  }
}

/// The two splits of what was loaded, with what there is to say of it.
package struct LoadedData: Sendable {
  /// The images to learn from.
  package let train: ImageDataset
  /// The images to test on.
  package let test: ImageDataset
  /// What was skipped and decided.
  package var report: LoadingReport
}
