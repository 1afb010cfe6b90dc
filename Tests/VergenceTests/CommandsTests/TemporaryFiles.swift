import Foundation

/// A folder for a test's files; it goes with the value.
final class TemporaryFiles: Sendable {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "vergence-test-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The path of the file `name`.
  func path(_ name: String) -> String { folder + "/" + name }

  /// Writes `text` to the file `name` and returns its path.
  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }
}
