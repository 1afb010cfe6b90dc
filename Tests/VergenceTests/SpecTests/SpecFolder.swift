import Foundation

/// The repository's folder `spec`, whose pages and checks are executed.
enum SpecFolder {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../spec").standardized

  /// The path of `name` in the folder.
  static func path(_ name: String) -> String { root.appending(path: name).path }

  /// The text of the file `name`.
  static func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

  /// The names of the files in `folder` that end in `suffix`, sorted.
  static func files(in folder: String, ending suffix: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted()
  }
}
