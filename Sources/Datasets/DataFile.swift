import Foundation
import Support

/// A file or a folder of a data set.
struct DataFile {
  /// What is there.
  enum Content {
    case folder
    case bytes([UInt8])
    /// A file that can't be used, and why.
    case unreadable(String)
  }

  /// The path inside of the data set, in names.
  let path: [String]
  let content: Content

  /// The path of the folder that it is or is in.
  var folder: [String] {
    if case .folder = content { path } else { path.dropLast() }
  }

  /// The path as people write it.
  var name: String { path.joined(separator: "/") }

  /// The largest file that is read, in bytes.
  static let maximumBytes = 1 << 28

  /// Whether a file of this path can be part of a data set: an image, or a file of CIFAR's.
  static func isWanted(_ path: [String]) -> Bool {
    guard let name = path.last else { return false }
    return isImage(path) || CIFARFiles.knows(name)
  }

  /// Whether a file of this path is an image by its name.
  static func isImage(_ path: [String]) -> Bool {
    guard let name = path.last, let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
    return ImageDecoder.extensions.contains(name[name.index(after: dot)...].lowercased())
  }

  /// Returns the names of `path`, or `nil` for what systems leave behind: hidden files and the like.
  static func names(of path: String) -> [String]? {
    let names = path.split(separator: "/").map(String.init).filter { $0 != "." }
    return names.isEmpty || names.contains { $0.hasPrefix(".") || $0 == "__MACOSX" } ? nil : names
  }
}

/// Calls `body` with each folder below `folder` and each file there that can be part of a data set, in the order of their names.
///
/// - Errors: a folder can't be read, or folders are nested more than eight deep.
func forEachFile(inFolder folder: String, _ body: (DataFile) throws -> Void) throws {
  func visit(_ path: [String]) throws {
    let place = ([folder] + path).joined(separator: "/")
    guard path.count <= 8 else { throw Diagnostic("'\(place)' is nested too deeply", hint: "does a link lead back to its own folder?") }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: place).sorted() } catch {
      throw Diagnostic("cannot read the folder '\(place)': \(systemError(of: error))", hint: "do its permissions let you read it?")
    }
    for name in names {
      guard DataFile.names(of: name) != nil else { continue }
      let inside = path + [name]
      let file = "\(place)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) || DataFile.isWanted(inside) else { continue }
      if isFolder.boolValue {
        try body(DataFile(path: inside, content: .folder))
        try visit(inside)
      } else if DataFile.isWanted(inside) {
        try body(DataFile(path: inside, content: content(ofFile: file)))
      }
    }
  }
  try visit([])
}

/// Returns the bytes of the file at `path`, or why there are none.
private func content(ofFile path: String) -> DataFile.Content {
  guard let attributes = try? FileManager.default.attributesOfItem(atPath: (path as NSString).resolvingSymlinksInPath),
    attributes[.type] as? FileAttributeType == .typeRegular, let size = (attributes[.size] as? NSNumber)?.intValue
  else { return .unreadable("cannot be read") }
  guard size <= DataFile.maximumBytes else { return .unreadable("has \(size) bytes, more than the \(DataFile.maximumBytes) that are read") }
  do { return .bytes([UInt8](try readFile(path))) } catch { return .unreadable("cannot be read") }
}
