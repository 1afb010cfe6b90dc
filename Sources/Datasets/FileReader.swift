import Dispatch
import Support

/// Reads a data set from files as they come, in any order: decodes images on all threads and sorts them by path at the end.
struct FileReader {
  private let size: Int
  private let name: String
  private var folders: Set<[String]> = []
  private var cifar = CIFARFiles()
  private var waiting: [(path: [String], bytes: [UInt8])] = []
  private var waitingBytes = 0
  private var images: [(path: [String], pixels: [UInt8])] = []
  private var report = LoadingReport()

  /// How much is gathered before it is decoded: enough for all threads to be busy, in files and in bytes.
  private static let batch = (files: 4096, bytes: 1 << 26)

  /// Loads the data set `name` from the files that `visit` calls back with.
  ///
  /// - Errors: no images; a class without a usable image; what `CIFARFiles` says; what `visit` throws.
  static func load(size: Int, named name: String, visit: ((DataFile) throws -> Void) throws -> Void) throws -> LoadedData {
    var reader = FileReader(size: size, name: name)
    try visit { try reader.add($0) }
    try reader.decodeWaiting()
    return try reader.finish()
  }

  private init(size: Int, name: String) {
    self.size = size
    self.name = name
  }

  private mutating func add(_ file: DataFile) throws {
    folders.insert(file.folder)
    switch file.content {
    case .folder: break
    case .unreadable(let reason):
      guard DataFile.isImage(file.path) else { throw Diagnostic("'\(file.name)' of '\(name)' \(reason)") }
      report.skipped.append(.init(path: file.name, reason: reason))
    case .bytes(let bytes):
      if let last = file.path.last, CIFARFiles.knows(last) {
        cifar.add(last, bytes)
        return
      }
      waiting.append((file.path, bytes))
      waitingBytes += bytes.count
      if waiting.count >= Self.batch.files || waitingBytes >= Self.batch.bytes { try decodeWaiting() }
    }
  }

  /// Decodes what is waiting, on all threads, and appends it in the order it came.
  private mutating func decodeWaiting() throws {
    try checkMemory(images: images.count + waiting.count, size: size)
    let (size, files) = (size, waiting)
    let perTask = 32
    let squares = [Result<[UInt8], BrokenImage>](unsafeUninitializedCapacity: files.count) { target, initialized in
      // Each task writes results of its own.
      nonisolated(unsafe) let target = target
      DispatchQueue.concurrentPerform(iterations: (files.count + perTask - 1) / perTask) { task in
        let decoder = ImageDecoder()
        for index in task * perTask..<min(files.count, (task + 1) * perTask) {
          target.initializeElement(at: index, to: Result { () throws(BrokenImage) in try decoder.decode(files[index].bytes).square(size) })
        }
      }
      initialized = files.count
    }
    for (file, square) in zip(files, squares) {
      switch square {
      case .success(let pixels): images.append((file.path, pixels))
      case .failure(let broken): report.skipped.append(.init(path: file.path.joined(separator: "/"), reason: broken.reason))
      }
    }
    waiting.removeAll(keepingCapacity: true)
    waitingBytes = 0
  }

  /// Sorts the images by path into the splits.
  private consuming func finish() throws -> LoadedData {
    report.skipped.sort { $0.path < $1.path }
    if cifar.hasImages {
      guard images.isEmpty && report.skipped.isEmpty else {
        throw Diagnostic("'\(name)' has both images and CIFAR's binary files", hint: "give the folder of one of them")
      }
      return try cifar.load(size: size, named: name)
    }
    guard !images.isEmpty || !report.skipped.isEmpty else {
      throw Diagnostic("'\(name)' has no images", hint: "JPEG and PNG files in class folders are read, and CIFAR's binary files")
    }
    let layout = try ClassFolders(folders: folders, named: name)
    var placed: [(name: String, index: Int, split: ImageDataset.Split, label: Int)] = []
    for (index, image) in images.enumerated() {
      if let place = layout.place(of: image.path) { placed.append((image.path.joined(separator: "/"), index, place.split, place.label)) }
    }
    let outside = images.count - placed.count
    if outside > 0 { report.notes.append("\(counted(outside, "image")) outside of the class folders \(outside == 1 ? "is" : "are") not used") }
    placed.sort { ($0.name, $0.index) < ($1.name, $1.index) }
    let filled = Dictionary(grouping: placed, by: \.split).mapValues { Set($0.map(\.label)) }
    for (label, folder) in layout.folders where filled[folder.split]?.contains(label) != true {
      throw Diagnostic(
        "the class folder '\(folder.path)' of '\(name)' has no usable image",
        hint: report.lines.first { $0.contains("'\(folder.path)/") } ?? "remove the folder, or put JPEG or PNG files in it")
    }
    if !layout.hasTestFolder {
      let held = HeldOut(labels: placed.map(\.label), classes: layout.classes.count)
      for position in held.positions { placed[position].split = .test }
      report.notes.append("there is no test folder: \(held.positions.count) of \(placed.count) images, a tenth of each class, are held out for tests")
    }
    let train = take(placed.filter { $0.split == .train }.map { ($0.index, $0.label) }, .train, classes: layout.classes)
    let test = take(placed.filter { $0.split == .test }.map { ($0.index, $0.label) }, .test, classes: layout.classes)
    return LoadedData(train: train, test: test, report: report)
  }

  /// Moves images into a dataset of their own, giving back the memory of each.
  private mutating func take(_ chosen: [(index: Int, label: Int)], _ split: ImageDataset.Split, classes: [String]) -> ImageDataset {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(chosen.count * size * size * 3)
    for (index, _) in chosen {
      pixels += images[index].pixels
      images[index].pixels = []
    }
    return ImageDataset(split: split, size: size, classes: classes, pixels: pixels, labels: chosen.map { Int32($0.label) })
  }
}
