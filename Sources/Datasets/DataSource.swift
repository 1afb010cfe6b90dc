import Foundation
import Support

/// Where images come from, as a user says it: `synthetic`, a folder, or an archive.
package enum DataSource: Hashable, Sendable {
  case synthetic(SyntheticImages)
  /// A folder of class folders, or of CIFAR's binary files.
  case folder(String)
  /// The same in a tar, plain or compressed, or in a zip.
  case archive(String)

  /// The endings of the names that archives have.
  private static let archiveEndings = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".zip"]

  /// Understands the argument of `--data`.
  ///
  /// - Errors: no such file or folder, a file that is no archive, a mistake in the options of `synthetic`.
  package init(parsing argument: String) throws {
    if argument == "synthetic" || argument.hasPrefix("synthetic:") {
      self = .synthetic(try SyntheticImages(parsing: String(argument.dropFirst("synthetic:".count))))
      return
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) else {
      let isMistyped = nearest(to: String(argument.prefix { $0 != ":" }), in: ["synthetic"]) != nil
      throw Diagnostic(
        "no data at '\(argument)': no such file or folder",
        hint: isMistyped ? "did you mean 'synthetic'?" : "'synthetic' is drawn by the program and needs no file")
    }
    if isFolder.boolValue {
      self = .folder(argument)
    } else if DataSource.archiveEndings.contains(where: { argument.lowercased().hasSuffix($0) }) {
      self = .archive(argument)
    } else {
      throw Diagnostic(
        "'\(argument)' is no data set that can be read",
        hint: "give a folder, or an archive of one: \(DataSource.archiveEndings.joined(separator: ", ")); CIFAR's .bin files by their folder")
    }
  }

  /// Loads both splits, each image brought to `size` × `size` pixels.
  ///
  /// - Errors: see `FileReader.load`; more images than fit in memory.
  package func load(size: Int) throws -> LoadedData {
    guard (8...512).contains(size) else { throw Diagnostic("images of \(size)×\(size) pixels cannot be used", hint: "sizes from 8 to 512 can") }
    let clock = ContinuousClock()
    let start = clock.now
    var data: LoadedData
    switch self {
    case .synthetic(let images):
      try checkMemory(images: images.train + images.test, size: size)
      data = LoadedData(train: images.images(.train, size: size), test: images.images(.test, size: size), report: LoadingReport())
    case .folder(let path): data = try FileReader.load(size: size, named: path) { try forEachFile(inFolder: path, $0) }
    case .archive(let path): data = try FileReader.load(size: size, named: path) { try forEachFile(inArchive: path, $0) }
    }
    data.report.time = clock.now - start
    return data
  }
}

/// Checks that `images` images of `size` × `size` pixels fit in this machine's memory.
func checkMemory(images: Int, size: Int) throws {
  let bytes = Double(images) * Double(size * size * 3)
  let memory = Double(ProcessInfo.processInfo.physicalMemory)
  guard bytes <= memory else {
    let needed = (bytes / 0x1p30).rounded(.up)
    throw Diagnostic(
      "\(images) images of \(size)×\(size) pixels need \(Int(needed)) GiB of memory and there are \(Int(memory / 0x1p30))",
      hint: "use fewer or smaller images")
  }
}
